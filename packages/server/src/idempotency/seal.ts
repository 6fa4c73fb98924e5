import { createCipheriv, createDecipheriv } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import type { SentReply } from '../contract/reply.ts';
import type { RandomSource } from '../dependencies.ts';
import type { DeriveKey } from '../keys/derive-key.ts';
import type { SealedReply } from '../storage/sealed-reply-store.ts';
import type { KeyedRequest } from './keyed-request.ts';

const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is written beside a ciphertext, and cannot be changed without its failing to open. */
export type ReplyRecord = Omit<SealedReply, 'sealed'>;

/**
 * Encrypts a reply (AES-256-GCM) with a key that is derived from the caller's secret, a salt of its own, the caller's id, the
 * operation and the Idempotency-Key. Neither secret nor Idempotency-Key is kept, so nothing that is kept opens it.
 *
 * @returns salt, nonce, tag and ciphertext
 */
export function sealReply(
  deriveKey: DeriveKey,
  random: RandomSource,
  request: KeyedRequest,
  record: ReplyRecord,
  { status, headers, payload }: SentReply,
): Uint8Array {
  const [salt, nonce] = [random(SALT_BYTES), random(NONCE_BYTES)];
  const key = deriveKey(salt, contextOf(request, record));
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(bytesOf(record));
  const ciphertext = [cipher.update(JSON.stringify({ status, headers, payload })), cipher.final()];
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), ...ciphertext]);
}

/**
 * Decrypts a reply.
 *
 * @throws {Error} when anything differs from when it was sealed: the secret, the request's identity, the record, a byte
 */
export function openReply(
  deriveKey: DeriveKey,
  request: KeyedRequest,
  record: ReplyRecord,
  sealed: Uint8Array,
): SentReply {
  const [saltEnd, nonceEnd, tagEnd] = [SALT_BYTES, SALT_BYTES + NONCE_BYTES, SALT_BYTES + NONCE_BYTES + TAG_BYTES];
  const key = deriveKey(sealed.subarray(0, saltEnd), contextOf(request, record));
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(saltEnd, nonceEnd), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(bytesOf(record))
    .setAuthTag(sealed.subarray(nonceEnd, tagEnd));
  const text = Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]).toString();
  // The cast holds because only sealReply can have written what has just been authenticated.
  return JSON.parse(text) as SentReply;
}

/** JSON, so that no two contexts can be written alike. */
function contextOf({ operationId, idempotencyKey }: KeyedRequest, { callerId }: ReplyRecord): string {
  return canonicalJson(['signa idempotency reply v1', callerId, operationId, idempotencyKey]);
}

function bytesOf({ lookUp, fingerprint, apiKeyId, sealedUntil, expiresAt }: ReplyRecord): Uint8Array {
  const [hexLookUp, hexFingerprint] = [lookUp, fingerprint].map((bytes) => Buffer.from(bytes).toString('hex'));
  return Buffer.from(canonicalJson([hexLookUp!, hexFingerprint!, apiKeyId, sealedUntil, expiresAt]));
}
