import { type ChainedRow, OPERATOR_CHAIN } from '../audit/chain.ts';
import { readEvent } from '../audit/check-chain.ts';
import { chainsOf, portionsOf } from '../audit/walk-chains.ts';
import type { EpochSeconds } from '../keys/api-key.ts';
import { parseTimestamp } from '../keys/timestamp.ts';
import type { Store } from '../storage/store.ts';

/** A key that was revoked. */
export interface RevokedKey {
  readonly id: string;
  readonly organizationId: string;
  /** RFC 3339. */
  readonly revokedAt: string;
  /** As they are now. Null when the key itself is not there any more. */
  readonly name: string | null;
  readonly prefix: string | null;
}

/**
 * Every key, of whichever organization, that was revoked at `since` or later, oldest first: the keys that must be revoked again after an
 * older state of the database was restored. The audit events tell, not the keys, which a restored database has as they were: each is read
 * as `verifyAudit` checks it, and no index is trusted, which whoever wants a revocation forgotten could have changed.
 */
export async function listRevokedKeys(
  store: Pick<Store, 'audit' | 'getApiKey'>,
  since: EpochSeconds,
): Promise<RevokedKey[]> {
  const revoked: RevokedKey[] = [];
  for await (const { chain } of chainsOf(store.audit)) {
    if (chain === OPERATOR_CHAIN) continue;
    for await (const { rows } of portionsOf(store.audit, chain)) {
      for (const { keyId, revokedAt } of rows.flatMap((row) => revocationIn(row, since))) {
        const key = await store.getApiKey(chain, keyId);
        const { name = null, prefix = null } = key ?? {};
        revoked.push({ id: keyId, organizationId: chain, revokedAt, name, prefix });
      }
    }
  }
  return revoked.toSorted((a, b) => (a.revokedAt < b.revokedAt ? -1 : 1));
}

/** The revocation that a row records, when it was made at `since` or later; nothing for other rows. */
function revocationIn({ bytes }: ChainedRow, since: EpochSeconds): { keyId: string; revokedAt: string }[] {
  const event = readEvent(bytes);
  if (event['action'] !== 'api_key.revoked') return [];
  // The cast holds because chainRow made the bytes.
  const { target, occurred_at: revokedAt } = event as { target: { id: string }; occurred_at: string };
  const time = parseTimestamp(revokedAt);
  return time !== null && time < since ? [] : [{ keyId: target.id, revokedAt }];
}
