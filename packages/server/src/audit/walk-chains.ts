import type { AuditStore, ChainPortion, ChainSummary } from '../storage/audit-store.ts';

/** How many rows, or chains, are in memory at a time. */
const PORTION = 500;

/** Every chain there is. */
export async function* chainsOf(audit: AuditStore): AsyncGenerator<ChainSummary, void, undefined> {
  let portion = await audit.listChains({ limit: PORTION });
  while (portion.length > 0) {
    yield* portion;
    portion = await audit.listChains({ after: portion.at(-1)!.chain, limit: PORTION });
  }
}

/** A chain from its beginning to its end. The head of the last portion is of the moment at which the end was read. */
export async function* portionsOf(audit: AuditStore, chain: string): AsyncGenerator<ChainPortion, void, undefined> {
  let portion = await audit.readPortion(chain, { limit: PORTION });
  yield portion;
  while (portion.rows.length === PORTION) {
    portion = await audit.readPortion(chain, { after: portion.rows.at(-1)!.sequence, limit: PORTION });
    yield portion;
  }
}
