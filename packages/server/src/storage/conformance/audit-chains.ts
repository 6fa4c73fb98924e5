import { createHash } from 'node:crypto';
import { describe, expect } from 'vitest';
import { type ChainedRow, EMPTY_CHAIN } from '../../audit/chain.ts';
import { readChain } from '../../testing/read-chain.ts';
import { createOrganization } from './given.ts';
import { someEvent } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeAuditChains(it: StoreTest): void {
  describe('audit chains', () => {
    it("an organization's rows are chained in order, and hashed over the bytes that are stored", async ({
      store,
      acme,
      reopen,
    }) => {
      const events = [someEvent({ after: { name: 'größe' } }), someEvent(), someEvent()];
      for (const event of events) await store.change(acme.id, (transaction) => transaction.appendAudit(event));
      const reopened = await reopen();

      const rows = await readChain(reopened, acme.id);
      expectUnbroken(acme.id, rows);
      expect(rows.map(idOf)).toEqual(events.map(({ id }) => id));
    });

    it('a change may add several rows', async ({ store, acme }) => {
      await store.change(acme.id, async (transaction) => {
        await transaction.appendAudit(someEvent());
        await transaction.appendAudit(someEvent());
      });
      const rows = await readChain(store, acme.id);
      expect(rows).toHaveLength(2);
      expectUnbroken(acme.id, rows);
    });

    it('a rejected change takes its row with it, and the chain has no gap', async ({ store, acme }) => {
      await store.change(acme.id, (transaction) => transaction.appendAudit(someEvent()));
      const change = store.change(acme.id, async (transaction) => {
        await transaction.appendAudit(someEvent());
        throw new Error('no');
      });
      await expect(change).rejects.toThrow('no');
      await store.change(acme.id, (transaction) => transaction.appendAudit(someEvent()));

      const rows = await readChain(store, acme.id);
      expect(rows).toHaveLength(2);
      expectUnbroken(acme.id, rows);
    });

    it('changes made at the same time leave unbroken chains, each organization and the operators their own', async ({
      store,
      acme,
    }) => {
      const other = await createOrganization(store, 'Other');
      const operatorRows = (await readChain(store, 'operator')).length;
      await Promise.all(
        Array.from({ length: 15 }, () => [
          store.change(acme.id, (transaction) => transaction.appendAudit(someEvent())),
          store.change(other.id, (transaction) => transaction.appendAudit(someEvent())),
          store.changeAsOperator((transaction) => transaction.appendAudit(someEvent())),
        ]).flat(),
      );
      for (const [chain, length] of [
        [acme.id, 15],
        [other.id, 15],
        ['operator', operatorRows + 15],
      ] as const) {
        const rows = await readChain(store, chain);
        expect(rows).toHaveLength(length);
        expectUnbroken(chain, rows);
      }
    });

    it('a chain that nobody wrote to has no rows', async ({ store, acme }) => {
      expect(await readChain(store, acme.id)).toEqual([]);
      expect(await readChain(store, 'orgn_unknown')).toEqual([]);
    });
  });
}

/** Each row stands at its position, is hashed as stored, and names the one before. */
export function expectUnbroken(chain: string, rows: ChainedRow[]): void {
  let previous = EMPTY_CHAIN.hash;
  for (const [index, row] of rows.entries()) {
    const hash = createHash('sha256').update(row.bytes).digest();
    expect(Buffer.from(row.hash).equals(hash)).toBe(true);
    expect(row.sequence).toBe(index + 1);
    expect(JSON.parse(Buffer.from(row.bytes).toString())).toMatchObject({
      chain,
      sequence: index + 1,
      previous_hash: Buffer.from(previous).toString('hex'),
    });
    previous = row.hash;
  }
}

function idOf(row: ChainedRow): string {
  return (JSON.parse(Buffer.from(row.bytes).toString()) as { id: string }).id;
}
