import type { OrganizationAuditEvent } from '../audit/audit-event.ts';
import type { OrganizationTransaction } from '../storage/store.ts';
import { type ApiKey, type EpochSeconds, statusOf } from './api-key.ts';
import { formatTimestamp } from './timestamp.ts';

/** Since when a key is revoked, and what the audit trail says of it: null when it was revoked before, which leaves no row. */
export interface Revocation {
  readonly revokedAt: EpochSeconds;
  readonly change: Pick<OrganizationAuditEvent, 'action' | 'before' | 'after'> | null;
}

/** Revokes a key, and discards the replies that hold its secret and those that it was given. Whether it may go is decided before. */
export async function revokeApiKey(
  transaction: OrganizationTransaction,
  key: ApiKey,
  now: EpochSeconds,
): Promise<Revocation> {
  if (key.revokedAt !== null) return { revokedAt: key.revokedAt, change: null };
  const outcome = await transaction.saveApiKey({ ...key, revokedAt: now, previousSecretExpiresAt: null });
  // The organization is locked, so nobody can have changed the key since it was read in this transaction.
  if (outcome !== 'saved') throw new Error(`The key ${key.id} changed while its organization was locked.`);
  await transaction.sealedReplies.discardSecretsOf(key.id);
  await transaction.sealedReplies.discardRepliesTo(key.id);
  return {
    revokedAt: now,
    change: {
      action: 'api_key.revoked',
      before: { status: statusOf(key, now) },
      after: { status: 'revoked', revoked_at: formatTimestamp(now) },
    },
  };
}
