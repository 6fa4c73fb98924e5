import { invalidRequest } from '../errors/api-error.ts';
import type { EpochSeconds } from './api-key.ts';
import { parseTimestamp } from './timestamp.ts';

/**
 * Reads a requested `expires_at`; left out and null are a key that never expires.
 *
 * @throws {ApiError} 400 when it is no time, or not in the future
 */
export function readExpiry(text: string | null | undefined, now: EpochSeconds): EpochSeconds | null {
  if (text === undefined || text === null) return null;
  const expiresAt = parseTimestamp(text);
  if (expiresAt === null) throw invalidRequest([{ path: '/expires_at', message: 'must be a time that exists' }]);
  if (expiresAt <= now) throw invalidRequest([{ path: '/expires_at', message: 'must be in the future' }]);
  return expiresAt;
}
