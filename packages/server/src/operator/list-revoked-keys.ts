import { type ChainedRow, OPERATOR_CHAIN } from '../audit/chain.ts';
import { readEvent } from '../audit/check-chain.ts';
import { chainsOf } from '../audit/walk-chains.ts';
import type { EpochSeconds } from '../keys/api-key.ts';
import type { Store } from '../storage/store.ts';

const PAGE = 500;

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
 * Every key, of whichever organization, that was revoked at `since` or later, oldest first: what must be revoked again after an older
 * state of the database was restored. The audit events tell, not the keys, which a restored database has as they were.
 */
export async function listRevokedKeys(
  store: Pick<Store, 'audit' | 'getApiKey'>,
  since: EpochSeconds,
): Promise<RevokedKey[]> {
  const revoked: RevokedKey[] = [];
  for await (const { chain } of chainsOf(store.audit)) {
    if (chain === OPERATOR_CHAIN) continue;
    for await (const row of revocationsIn(store, chain, since)) revoked.push(await describe(store, chain, row));
  }
  return revoked.toSorted((a, b) => (a.revokedAt < b.revokedAt ? -1 : 1));
}

async function* revocationsIn(
  { audit }: Pick<Store, 'audit'>,
  chain: string,
  since: EpochSeconds,
): AsyncGenerator<ChainedRow, void, undefined> {
  const filter = { action: 'api_key.revoked', from: since };
  let page = await audit.list(chain, filter, { limit: PAGE });
  while (page.length > 0) {
    yield* page;
    page = await audit.list(chain, filter, { limit: PAGE, before: page.at(-1)!.sequence });
  }
}

async function describe(store: Pick<Store, 'getApiKey'>, chain: string, { bytes }: ChainedRow): Promise<RevokedKey> {
  // The cast holds because chainRow made the bytes.
  const { target, occurred_at: revokedAt } = readEvent(bytes) as { target: { id: string }; occurred_at: string };
  const key = await store.getApiKey(chain, target.id);
  return { id: target.id, organizationId: chain, revokedAt, name: key?.name ?? null, prefix: key?.prefix ?? null };
}
