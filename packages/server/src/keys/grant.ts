import { ApiError } from '../errors/api-error.ts';
import type { ApiKey, EpochSeconds, Scope } from './api-key.ts';
import { isLater } from './lifetime.ts';
import { missingScopes } from './scopes.ts';
import { formatTimestamp } from './timestamp.ts';

/** Nobody gives what they do not hold. @throws {ApiError} 403 `scope_not_held` */
export function requireScopesHeld(caller: ApiKey, scopes: readonly Scope[]): void {
  const missing = missingScopes(scopes, caller.scopes);
  if (missing.length === 0) return;
  const list = missing.join(', ');
  throw new ApiError(
    'scope_not_held',
    missing.length === 1
      ? `The API key cannot give the scope ${list}, because it does not hold it.`
      : `The API key cannot give the scopes ${list}, because it does not hold them.`,
  );
}

/** Nobody makes anything that outlives them. @throws {ApiError} 403 `lifetime_exceeded` */
export function requireLifetimeWithin(caller: ApiKey, expiresAt: EpochSeconds | null): void {
  if (!isLater(expiresAt, caller.expiresAt)) return;
  throw new ApiError(
    'lifetime_exceeded',
    `The API key expires at ${formatTimestamp(caller.expiresAt!)}, and nothing it makes may last longer.`,
  );
}
