import { type ChainedRow, OPERATOR_CHAIN } from '../audit/chain.ts';
import { readEvent } from '../audit/check-chain.ts';
import { chainsOf, portionsOf } from '../audit/walk-chains.ts';
import type { EpochSeconds } from '../keys/api-key.ts';
import { parseTimestamp } from '../keys/timestamp.ts';
import type { Store } from '../storage/store.ts';
import type { Revocable } from './revocations-file.ts';

/** A key or a resource server that was revoked. */
export interface RevokedCredential extends Revocable {
  /** Null for a resource server, which belongs to none. */
  readonly organizationId: string | null;
  /** RFC 3339. */
  readonly revokedAt: string;
  /** As they are now. Null when the credential itself is not there any more. */
  readonly name: string | null;
  readonly prefix: string | null;
}

/**
 * Every key, of whichever organization, and every resource server that was revoked at `since` or later, oldest first: what must be revoked
 * again after an older state of the database was restored. The audit events tell, not the keys, which a restored database has as they
 * were: each is read as `verifyAudit` checks it, and no index is trusted, which whoever wants a revocation forgotten could have changed.
 */
export async function listRevoked(
  store: Pick<Store, 'audit' | 'getApiKey' | 'resourceServers'>,
  since: EpochSeconds,
): Promise<RevokedCredential[]> {
  const revoked: RevokedCredential[] = [];
  const servers = await store.resourceServers.list();
  for await (const { chain } of chainsOf(store.audit)) {
    const organizationId = chain === OPERATOR_CHAIN ? null : chain;
    for await (const { rows } of portionsOf(store.audit, chain)) {
      for (const { object, id, revokedAt } of rows.flatMap((row) => revocationIn(row, since))) {
        const found =
          organizationId === null
            ? servers.find((server) => server.id === id)
            : await store.getApiKey(organizationId, id);
        const { name = null, prefix = null } = found ?? {};
        revoked.push({ object, id, organizationId, revokedAt, name, prefix });
      }
    }
  }
  return revoked.toSorted((a, b) => (a.revokedAt < b.revokedAt ? -1 : 1));
}

/** The revocation that a row records, when it was made at `since` or later; nothing for other rows. */
function revocationIn({ bytes }: ChainedRow, since: EpochSeconds): (Revocable & { revokedAt: string })[] {
  const event = readEvent(bytes);
  if (event['action'] !== 'api_key.revoked' && event['action'] !== 'resource_server.revoked') return [];
  const object = event['action'] === 'api_key.revoked' ? 'api_key' : 'resource_server';
  // The cast holds because chainRow made the bytes.
  const { target, occurred_at: revokedAt } = event as { target: { id: string }; occurred_at: string };
  const time = parseTimestamp(revokedAt);
  return time !== null && time < since ? [] : [{ object, id: target.id, revokedAt }];
}
