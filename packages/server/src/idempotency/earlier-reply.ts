import { ApiError } from '../errors/api-error.ts';
import type { EpochSeconds } from '../keys/api-key.ts';
import type { SealedReply, SealedReplyLimits } from '../storage/sealed-reply-store.ts';
import type { KeyedRequest } from './keyed-request.ts';

/** How long a reply can be given again, and how long it is remembered that there was one, in seconds. */
export const SEALED_FOR = 3_600;
export const REMEMBERED_FOR = 86_400;

/** What one caller can make us keep: 1,000 replies of about half a kilobyte, and 100,000 tombstones of about 0.2. */
export const KEPT_PER_CALLER: SealedReplyLimits = { sealed: 1_000, kept: 100_000 };

/**
 * Decides what becomes of a request whose Idempotency-Key may have been used before.
 *
 * @returns the ciphertext of the reply to give again, or null when this is the first request
 * @throws {ApiError} 422 `idempotency_mismatch` when the earlier request asked for something else, 409 `idempotency_replay_gone`
 *   when its reply is no longer there
 */
export function findEarlierReply(
  earlier: SealedReply | null,
  { fingerprint }: KeyedRequest,
  now: EpochSeconds,
): { readonly record: SealedReply; readonly sealed: Uint8Array } | null {
  if (earlier === null || earlier.expiresAt <= now) return null;
  // Comparing in constant time would hide nothing: nobody can steer these bytes without the caller's secret.
  if (Buffer.compare(earlier.fingerprint, fingerprint) !== 0) {
    throw new ApiError(
      'idempotency_mismatch',
      'This Idempotency-Key was sent before with another operation, path or body. Nothing was carried out.',
    );
  }
  if (earlier.sealed === null || earlier.sealedUntil <= now) {
    throw new ApiError(
      'idempotency_replay_gone',
      `The request was carried out on ${earlier.apiKeyId}. Its answer can no longer be given.`,
    );
  }
  return { record: earlier, sealed: earlier.sealed };
}
