import type { components } from '@signa/openapi';
import { type EpochSeconds, graceEndOf } from '../keys/api-key.ts';
import { isUsable } from '../keys/authenticate.ts';
import type { Credential } from '../storage/store.ts';
import type { ResourceServer } from './resource-server.ts';

/** Decides what a resource server learns of the credential that was presented to it; null is one that nobody knows. */
export function introspect(
  credential: Credential | null,
  { scopes }: Pick<ResourceServer, 'scopes'>,
  now: EpochSeconds,
): components['schemas']['Introspection'] {
  if (credential === null || !isUsable(credential, now)) return { active: false };
  const { apiKey } = credential;
  const end = endOf(credential, now);
  return {
    active: true,
    scope: apiKey.scopes.filter((scope) => scopes.includes(scope)).join(' '),
    client_id: apiKey.id,
    sub: apiKey.organizationId,
    iat: credential.secret === 'current' ? (apiKey.rotatedAt ?? apiKey.createdAt) : apiKey.createdAt,
    ...(end !== null && { exp: end }),
    token_type: 'Bearer',
  };
}

/** When the secret stops working: as its key expires, or with the grace period in which it was replaced. Null is never. */
function endOf({ apiKey, secret }: Credential, now: EpochSeconds): EpochSeconds | null {
  const ends = [apiKey.expiresAt, secret === 'previous' ? graceEndOf(apiKey, now) : null];
  const known = ends.filter((end) => end !== null);
  return known.length === 0 ? null : Math.min(...known);
}
