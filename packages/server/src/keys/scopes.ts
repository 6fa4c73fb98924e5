import type { Scope } from './api-key.ts';

/** The scope that lets a key manage keys. An organization must never be left without an active key that holds it. */
export const MANAGER_SCOPE = 'api-keys:manage' satisfies Scope;

/** The scopes of `wanted` that `held` lacks. */
export function missingScopes(wanted: readonly Scope[], held: readonly Scope[]): Scope[] {
  return wanted.filter((scope) => !held.includes(scope));
}
