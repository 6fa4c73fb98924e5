import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { RandomSource } from '../dependencies.ts';

const SHAPE = /^sig_[0-9a-f]{52}$/;
const RANDOM_BYTES = 22;
const BODY_LENGTH = 'sig_'.length + 2 * RANDOM_BYTES;

/**
 * Makes a secret: `sig_`, 44 hexadecimal characters from `random` (176 bits), and the CRC-32 of all that as 8 more, so that a
 * scanner recognises a leaked key offline and a mistyped one never reaches the database.
 */
export function generateSecret(random: RandomSource): string {
  const body = `sig_${Buffer.from(random(RANDOM_BYTES)).toString('hex')}`;
  return body + checksum(body);
}

/** Whether a presented token has a secret's shape and checksum. Says nothing on whether the key exists. */
export function isWellFormedSecret(token: string): boolean {
  return SHAPE.test(token) && checksum(token.slice(0, BODY_LENGTH)) === token.slice(BODY_LENGTH);
}

/**
 * What is stored and looked up in place of the secret.
 *
 * Plain SHA-256 suffices: the secret carries 176 random bits, so there is nothing to guess and a slow or salted hash would only
 * slow down the look-up. Comparing in the database's index leaks nothing useful by its timing: an attacker cannot steer digests.
 */
export function digestOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

/** The part of a secret that is shown to people for good. */
export function prefixOf(secret: string): string {
  return secret.slice(0, 8);
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}
