import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { RandomSource } from '../dependencies.ts';

/**
 * What a secret begins with tells whose it is: `sig_` an API key's, `sigrs_` a resource server's. `redactSecrets` knows both.
 */
export type SecretPrefix = 'sig_' | 'sigrs_';

const RANDOM_BYTES = 22;
const CHECKSUM_LENGTH = 8;
const HEXADECIMAL = new RegExp(`^[0-9a-f]{${2 * RANDOM_BYTES + CHECKSUM_LENGTH}}$`);

/**
 * Makes a secret: its prefix, 44 hexadecimal characters from `random` (176 bits), and the CRC-32 of all that as 8 more, so that a
 * scanner recognises a leaked one offline and a mistyped one never reaches the database.
 */
export function generateSecret(random: RandomSource, prefix: SecretPrefix = 'sig_'): string {
  const body = `${prefix}${Buffer.from(random(RANDOM_BYTES)).toString('hex')}`;
  return body + checksum(body);
}

/** Whether a presented token has the shape and the checksum of a secret of this kind. Says nothing on whether it exists. */
export function isWellFormedSecret(token: string, prefix: SecretPrefix = 'sig_'): boolean {
  if (!token.startsWith(prefix) || !HEXADECIMAL.test(token.slice(prefix.length))) return false;
  return checksum(token.slice(0, -CHECKSUM_LENGTH)) === token.slice(-CHECKSUM_LENGTH);
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

/** The part of a secret that is shown to people for good: its prefix and 4 characters, such as `sig_a1b2`. */
export function prefixOf(secret: string): string {
  return secret.slice(0, secret.indexOf('_') + 1 + 4);
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
