import type { components } from '@signa/openapi';
import { type ApiKey, type EpochSeconds, graceEndOf, statusOf } from '../keys/api-key.ts';
import { formatNullableTimestamp, formatTimestamp } from '../keys/timestamp.ts';

/** A key as the contract shows it. */
export function presentApiKey(key: ApiKey, now: EpochSeconds): components['schemas']['ApiKey'] {
  return {
    id: key.id,
    object: 'api_key',
    name: key.name,
    prefix: key.prefix,
    scopes: [...key.scopes],
    status: statusOf(key, now),
    metadata: { ...key.metadata },
    created_at: formatTimestamp(key.createdAt),
    created_by: key.createdBy,
    expires_at: formatNullableTimestamp(key.expiresAt),
    last_used_at: formatNullableTimestamp(key.lastUsedAt),
    rotated_at: formatNullableTimestamp(key.rotatedAt),
    previous_secret_expires_at: formatNullableTimestamp(graceEndOf(key, now)),
    revoked_at: formatNullableTimestamp(key.revokedAt),
  };
}
