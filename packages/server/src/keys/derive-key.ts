import { hkdfSync } from 'node:crypto';

/**
 * Derives a key of 32 bytes from a caller's secret (HKDF with SHA-256, RFC 5869). The same salt and info give the same key; other
 * info gives one that tells nothing of it.
 *
 * @param info what the key is for, at most 1,024 bytes
 */
export type DeriveKey = (salt: Uint8Array, info: string) => Uint8Array;

/**
 * Holds a secret so that nothing but keys can be got out of it: a function is neither printed with what it encloses, nor written to
 * JSON.
 */
export function deriveKeysFrom(secret: string): DeriveKey {
  return (salt, info) => new Uint8Array(hkdfSync('sha256', secret, salt, info, 32));
}
