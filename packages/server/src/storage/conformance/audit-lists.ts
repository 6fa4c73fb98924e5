import { setImmediate } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { OrganizationAuditEvent } from '../../audit/audit-event.ts';
import type { ChainedRow } from '../../audit/chain.ts';
import type { Organization } from '../../keys/api-key.ts';
import type { AuditFilter } from '../audit-store.ts';
import type { ListPage, OrganizationTransaction, Store } from '../store.ts';
import { createOrganization } from './given.ts';
import { someEvent } from './samples.ts';
import type { StoreTest } from './store-test.ts';

const DAY = 86_400;
/** Midnight, as the time of a day begins. */
const MONDAY = 20_717 * DAY;

const EVENTS = [
  { action: 'api_key.created', actor: 'key_maker', target: 'key_a', at: MONDAY },
  { action: 'api_key.updated', actor: 'key_maker', target: 'key_a', at: MONDAY + DAY - 1 },
  { action: 'api_key.created', actor: null, target: 'key_b', at: MONDAY + DAY },
  { action: 'api_key.updated', actor: 'key_b', target: 'key_a', at: MONDAY + DAY + 1 },
  { action: 'api_key.revoked', actor: 'key_maker', target: 'key_b', at: MONDAY + 3 * DAY },
] as const;

export function describeAuditLists(it: StoreTest): void {
  describe('lists of audit rows', () => {
    it.for<[string, AuditFilter, number[]]>([
      ['nothing', {}, [5, 4, 3, 2, 1]],
      ['an action', { action: 'api_key.updated' }, [4, 2]],
      ['an actor', { actorId: 'key_maker' }, [5, 2, 1]],
      ['a target', { targetId: 'key_a' }, [4, 2, 1]],
      ['an actor, who may be a target elsewhere', { actorId: 'key_b' }, [4]],
      ['all three', { action: 'api_key.updated', actorId: 'key_maker', targetId: 'key_a' }, [2]],
      ['somebody unknown', { actorId: 'key_unknown' }, []],
      ['a beginning', { from: MONDAY + DAY }, [5, 4, 3]],
      ['a beginning within a day', { from: MONDAY + DAY + 1 }, [5, 4]],
      ['an end, which is not included', { until: MONDAY + DAY }, [2, 1]],
      ['an end within a day', { until: MONDAY + DAY - 1 }, [1]],
      ['a day', { from: MONDAY + DAY, until: MONDAY + 2 * DAY }, [4, 3]],
      ['a day on which nothing happened', { from: MONDAY + 2 * DAY, until: MONDAY + 3 * DAY }, []],
      ['a time before everything', { until: MONDAY }, []],
      ['a time after everything', { from: MONDAY + 4 * DAY }, []],
      ['an actor and a day', { actorId: 'key_maker', from: MONDAY, until: MONDAY + DAY }, [2, 1]],
    ])('filtered by %s', async ([, filter, sequences], { store, acme }) => {
      await append(store, acme);
      expect(await sequencesOf(store, acme, filter)).toEqual(sequences);
    });

    it('go by the order in which rows were added, and miss none, even when the clock was set back over midnight', async ({
      store,
      acme,
    }) => {
      const times = [MONDAY + DAY, MONDAY + DAY - 5, MONDAY + DAY + 5, MONDAY + DAY - 1, MONDAY + 2 * DAY];
      for (const occurredAt of times) {
        await store.change(acme.id, (transaction) => transaction.appendAudit(someEvent({ occurredAt })));
      }
      expect(await sequencesOf(store, acme, {})).toEqual([5, 4, 3, 2, 1]);
      expect(await sequencesOf(store, acme, { from: MONDAY, until: MONDAY + DAY })).toEqual([4, 2]);
      expect(await sequencesOf(store, acme, { from: MONDAY + DAY, until: MONDAY + 2 * DAY })).toEqual([3, 1]);
    });

    it('a page begins below the sequence it is given and has at most its limit', async ({ store, acme }) => {
      await append(store, acme);
      const page = (before: number, filter: AuditFilter = {}) =>
        store.audit
          .list(acme.id, filter, { before, limit: 2 })
          .then(({ rows, next }) => ({ sequences: rows.map(({ sequence }) => sequence), next }));
      expect(await page(5)).toEqual({ sequences: [4, 3], next: 3 });
      expect(await page(1)).toEqual({ sequences: [], next: null });
      expect(await page(5, { actorId: 'key_maker' })).toEqual({ sequences: [2, 1], next: null });
      expect(await page(4, { until: MONDAY + 9 * DAY })).toEqual({ sequences: [3, 2], next: 2 });
    });

    it('what matches is found however many rows lie before it, between it and behind it', async ({ store, acme }) => {
      const needles = [6_001, 6_002, 12_000];
      const needle = { action: 'api_key.revoked', actor: { type: 'api_key', id: 'key_b' } } as const;
      const appendPortion = (before: number) => async (transaction: OrganizationTransaction) => {
        for (let n = before + 1; n <= before + 500; n += 1) {
          const straw = { action: n % 2 === 0 ? needle.action : 'api_key.updated', occurredAt: MONDAY } as const;
          await transaction.appendAudit(someEvent(needles.includes(n) ? { ...needle, occurredAt: MONDAY + 1 } : straw));
        }
      };
      // PostgreSQL keeps each state of the chain's head until the change that made it is over.
      for (let before = 0; before < 12_000; before += 500) await store.change(acme.id, appendPortion(before));
      const found = needles.toReversed();
      const target = { targetId: someEvent().target.id };
      const { action } = needle;
      for (const filter of [
        { ...target, actorId: 'key_b' },
        { ...target, actorId: 'key_b', action },
        { ...target, action, from: MONDAY + 1 },
        { from: MONDAY + 1 },
      ]) {
        for (const limit of [1, 2, 10]) expect(await sequencesOf(store, acme, filter, limit)).toEqual(found);
      }
      const nothing = { ...target, action: 'api_key.rotated' };
      const first = await store.audit.list(acme.id, nothing, { limit: 10 });
      expect(first, 'an empty page, and not the last').toEqual({ rows: [], next: expect.any(Number) });
      expect(await sequencesOf(store, acme, nothing)).toEqual([]);
      expect(await sequencesOf(store, acme, {}, 1_000)).toHaveLength(12_000);
    });

    it('hold the bytes as they were hashed', async ({ store, acme }) => {
      await append(store, acme);
      const { rows } = await store.audit.list(acme.id, {}, { limit: 10 });
      expect(rows.toReversed()).toEqual((await store.audit.readPortion(acme.id, { limit: 10 })).rows);
    });

    it("never show another organization's rows, nor the operators'", async ({ store, acme }) => {
      await append(store, await createOrganization(store, 'Other'));
      for (const filter of [{}, { action: 'api_key.created' }, { targetId: 'key_a' }, { from: MONDAY }]) {
        expect(await sequencesOf(store, acme, filter)).toEqual([]);
      }
    });
  });

  describe('audit chains are read from their beginning', () => {
    it('a portion at a time, each with the head', async ({ store, acme }) => {
      await append(store, acme);
      const portions = [];
      for (const after of [undefined, 2, 4, 5]) {
        portions.push(await store.audit.readPortion(acme.id, { limit: 2, ...(after !== undefined && { after }) }));
      }
      expect(portions.map(({ rows }) => rows.map(({ sequence }) => sequence))).toEqual([[1, 2], [3, 4], [5], []]);
      const last = portions[2]!.rows[0]!;
      for (const { head } of portions) expect(head).toEqual({ length: 5, hash: last.hash });
    });

    it('and a head and rows that are read together belong together, while rows are added', async ({ store, acme }) => {
      const adding = Array.from({ length: 40 }, () =>
        store.change(acme.id, (transaction) => transaction.appendAudit(someEvent())),
      );
      for (let reading = true; reading; await setImmediate()) {
        const { rows, head } = await store.audit.readPortion(acme.id, { limit: 100 });
        expect(head!.length).toBe(rows.length);
        if (rows.length > 0) expect(head!.hash).toEqual(rows.at(-1)!.hash);
        reading = rows.length < adding.length;
      }
      await Promise.all(adding);
    });

    it('an unknown chain has neither rows nor a head', async ({ store }) => {
      expect(await store.audit.readPortion('orgn_unknown', { limit: 10 })).toEqual({ rows: [], head: null });
    });

    it('every chain is listed once, with its head, also one without rows', async ({ store, acme }) => {
      const other = await createOrganization(store, 'Other');
      await append(store, other);
      const chains = [];
      for (let after: string | undefined; ; after = chains.at(-1)!.chain) {
        const portion = await store.audit.listChains({ limit: 2, ...(after !== undefined && { after }) });
        expect(portion.length).toBeLessThanOrEqual(2);
        if (portion.length === 0) break;
        chains.push(...portion);
      }
      expect(chains.map(({ chain }) => chain).toSorted()).toEqual([acme.id, 'operator', other.id].toSorted());
      for (const { chain, head } of chains)
        expect(head).toEqual((await store.audit.readPortion(chain, { limit: 1 })).head);
    });
  });
}

async function append(store: Store, organization: Organization): Promise<void> {
  for (const { action, actor, target, at } of EVENTS) {
    const event: Partial<OrganizationAuditEvent> = {
      action,
      actor: actor === null ? { type: 'operator' } : { type: 'api_key', id: actor },
      target: { type: 'api_key', id: target },
      occurredAt: at,
    };
    await store.change(organization.id, (transaction) => transaction.appendAudit(someEvent(event)));
  }
}

/** The positions of the rows that match, from page to page. */
async function sequencesOf(store: Store, { id }: Organization, filter: AuditFilter, limit = 100): Promise<number[]> {
  const sequences: number[] = [];
  for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null;) {
    const page: ListPage<ChainedRow> = await store.audit.list(id, filter, { before, limit });
    sequences.push(...page.rows.map(({ sequence }) => sequence));
    before = page.next;
  }
  return sequences;
}
