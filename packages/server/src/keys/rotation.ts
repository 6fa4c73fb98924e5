import { ApiError } from '../errors/api-error.ts';
import { type ApiKey, type EpochSeconds, graceEndOf } from './api-key.ts';
import { formatTimestamp } from './timestamp.ts';

/** Seconds of grace when a key rotates itself, so that a lost response is not a lost key. */
const SELF_ROTATION_GRACE = 300;

export interface RotationRequest {
  readonly grace_period_seconds?: number;
  readonly force?: boolean;
}

/**
 * Decides when the secret that is replaced stops working; null is at once.
 *
 * @throws {ApiError} 409 `rotation_in_grace` while the grace period of an earlier rotation runs, unless `force` is asked
 */
export function decideGraceEnd(
  key: ApiKey,
  callerId: string,
  request: RotationRequest,
  now: EpochSeconds,
): EpochSeconds | null {
  const running = graceEndOf(key, now);
  if (running !== null && request.force !== true) {
    throw new ApiError(
      'rotation_in_grace',
      `The secret before the current one works until ${formatTimestamp(running)}.`,
    );
  }
  const grace = request.grace_period_seconds ?? (callerId === key.id ? SELF_ROTATION_GRACE : 0);
  return grace === 0 ? null : now + grace;
}

/**
 * Whether a secret of the key that works at `now` stops working with a rotation: the one that is replaced, without a grace, or the one
 * before it, whose grace `force` cuts short.
 */
export function endsSecret(key: ApiKey, graceEnd: EpochSeconds | null, now: EpochSeconds): boolean {
  return graceEnd === null || graceEndOf(key, now) !== null;
}
