import type { ChainedRow } from '../audit/chain.ts';
import type { Store } from '../storage/store.ts';

/** All rows of an audit chain, the oldest first. */
export async function readChain({ audit }: Pick<Store, 'audit'>, chain: string): Promise<ChainedRow[]> {
  const rows: ChainedRow[] = [];
  for (;;) {
    const portion = await audit.readPortion(chain, {
      limit: 100,
      ...(rows.length > 0 && { after: rows.at(-1)!.sequence }),
    });
    rows.push(...portion.rows);
    if (portion.rows.length < 100) return rows;
  }
}
