import { ApiError } from '../errors/api-error.ts';
import { type ApiKey, type EpochSeconds, statusOf } from './api-key.ts';

/** Expiry and revocation are final. @throws {ApiError} 409 `key_not_active` */
export function requireActive(key: ApiKey, now: EpochSeconds): void {
  const status = statusOf(key, now);
  if (status !== 'active')
    throw new ApiError('key_not_active', `The key is ${status}, and cannot be changed any more.`);
}
