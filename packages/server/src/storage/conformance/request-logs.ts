import { describe, expect } from 'vitest';
import type { Organization } from '../../keys/api-key.ts';
import type { RequestLog } from '../../request-logs/request-log.ts';
import type { RequestLogFilter, RequestLogPlace } from '../request-log-store.ts';
import type { Store } from '../store.ts';
import { createOrganization } from './given.ts';
import { NOW, newOrganization, someRequest, someUsage } from './samples.ts';
import type { StoreTest } from './store-test.ts';

const EVER: RequestLogFilter = { from: 0 };
const END: RequestLogPlace = { occurredAt: Number.MAX_SAFE_INTEGER, nth: 0 };

export function describeRequestLogs(it: StoreTest): void {
  describe('request logs', () => {
    it('a row is read back as it was written, also after the store was reopened', async ({ store, acme, reopen }) => {
      const row = someRequest(acme);
      const cutOff = someRequest(acme, { status: null, errorType: null, clientAddress: null, durationMs: 0 });
      const refused = someRequest(acme, { status: 403, errorType: 'forbidden', durationMs: 12_345.678 });
      await store.requestLogs.append([row, cutOff, refused], []);
      expect(await readAll(store, acme)).toEqual([refused, cutOff, row]);
      expect(await readAll(await reopen(), acme)).toEqual([refused, cutOff, row]);
    });

    it('the latest comes first, and of one second the one that was written last', async ({ store, acme }) => {
      const times = [NOW, NOW + 2, NOW, NOW + 1, NOW - 1, NOW];
      const rows = times.map((occurredAt, index) => someRequest(acme, { occurredAt, requestId: `req_${index}` }));
      await store.requestLogs.append(rows.slice(0, 3), []);
      await store.requestLogs.append(rows.slice(3), []);
      const ids = (await readAll(store, acme)).map(({ requestId }) => requestId);
      expect(ids).toEqual(['req_1', 'req_3', 'req_5', 'req_2', 'req_0', 'req_4']);
    });

    it('a page begins before the place it is given, holds at most its limit, and tells where the next begins', async ({
      store,
      acme,
    }) => {
      const rows = await appendMany(store, acme, 7);
      const sizes: number[] = [];
      const seen: RequestLog[] = [];
      for (let before: RequestLogPlace | null = END; before !== null;) {
        const page = await store.requestLogs.list(acme.id, EVER, { before, limit: 3 });
        sizes.push(page.rows.length);
        seen.push(...page.rows);
        before = page.next;
      }
      expect(sizes).toEqual([3, 3, 1]);
      expect(seen).toEqual(rows.toReversed());
    });

    it('the last page is known to be the last, also when it is full', async ({ store, acme }) => {
      await appendMany(store, acme, 3);
      expect(await store.requestLogs.list(acme.id, EVER, { before: END, limit: 3 })).toMatchObject({ next: null });
    });

    it('a row that is there throughout appears exactly once while others are added, early and late', async ({
      store,
      acme,
    }) => {
      const rows = await appendMany(store, acme, 40);
      const seen: string[] = [];
      for (let before: RequestLogPlace | null = END; before !== null;) {
        const page = await store.requestLogs.list(acme.id, EVER, { before, limit: 4 });
        seen.push(...page.rows.map(({ requestId }) => requestId));
        const times = [NOW + 100, page.rows[0]!.occurredAt, page.rows.at(-1)!.occurredAt, NOW - 100];
        await store.requestLogs.append(
          times.map((occurredAt) => someRequest(acme, { occurredAt })),
          [],
        );
        before = page.next;
      }
      expect(new Set(seen).size).toBe(seen.length);
      const steady = new Set(rows.map(({ requestId }) => requestId));
      expect(seen.filter((id) => steady.has(id))).toEqual(rows.map(({ requestId }) => requestId).toReversed());
    });

    it.for([
      { filter: { from: NOW + 1 }, want: ['d', 'c'] },
      { filter: { status: 200 }, want: ['d', 'a'] },
      { filter: { status: 404 }, want: ['c'] },
      { filter: { status: 429 }, want: [] },
      { filter: { method: 'POST' }, want: ['c', 'b'] },
      { filter: { apiKeyId: 'key_2' }, want: ['d', 'c'] },
      { filter: { apiKeyId: 'key_2', status: 200 }, want: ['d'] },
      { filter: { path: '/a/1' }, want: ['c', 'a'] },
      { filter: { path: '/a/{id}' }, want: ['d', 'c', 'a'] },
      { filter: { path: '/a/' }, want: [] },
      { filter: { path: '/a/{id}', method: 'POST', status: 404, apiKeyId: 'key_2', from: NOW + 1 }, want: ['c'] },
    ])('rows are found by $filter', async ({ filter, want }, { store, acme }) => {
      const of = { pathTemplate: '/a/{id}' };
      const rows: Partial<RequestLog>[] = [
        { ...of, requestId: 'a', path: '/a/1', apiKeyId: 'key_1' },
        { pathTemplate: '/b', requestId: 'b', path: '/b', method: 'POST', status: 201, apiKeyId: 'key_1' },
        { ...of, requestId: 'c', path: '/a/1', method: 'POST', status: 404, apiKeyId: 'key_2', occurredAt: NOW + 1 },
        { ...of, requestId: 'd', path: '/a/2', apiKeyId: 'key_2', occurredAt: NOW + 2 },
      ];
      await store.requestLogs.append(
        rows.map((row) => someRequest(acme, row)),
        [],
      );
      expect((await readAll(store, acme, { ...EVER, ...filter })).map(({ requestId }) => requestId)).toEqual(want);
    });

    it('what matches is found however many rows lie before it, between it and behind it', async ({ store, acme }) => {
      const needles = new Set([6_000, 6_001, 11_999]);
      await appendMany(store, acme, 12_000, (n) => (needles.has(n) ? { path: '/needle' } : {}));
      for (const limit of [1, 2, 10]) {
        const found = await readAll(store, acme, { ...EVER, path: '/needle' }, limit);
        expect(found.map(({ durationMs }) => durationMs)).toEqual([11_999, 6_001, 6_000]);
      }
      const { apiKeyId } = someRequest(acme);
      expect(await readAll(store, acme, { ...EVER, apiKeyId, path: '/needle' })).toHaveLength(3);
    });

    it('nobody sees the rows of another organization', async ({ store, acme }) => {
      const other = await createOrganization(store, 'Other');
      await store.requestLogs.append([someRequest(acme), someRequest(other)], []);
      expect(await readAll(store, acme)).toHaveLength(1);
      expect(await readAll(store, newOrganization('Unknown'))).toEqual([]);
    });

    it('rows and usage of an organization that does not exist are ignored, and the others are written', async ({
      store,
      acme,
    }) => {
      const nobody = newOrganization('Unknown');
      await store.requestLogs.append([someRequest(nobody), someRequest(acme)], [someUsage(nobody), someUsage(acme)]);
      expect(await readAll(store, acme)).toHaveLength(1);
      expect(await readAll(store, nobody)).toEqual([]);
    });

    it('nothing is written when a row cannot be', async ({ store, acme }) => {
      const impossible = someRequest(acme, { method: null as never });
      await expect(store.requestLogs.append([someRequest(acme), impossible], [])).rejects.toThrow(Error);
      expect(await readAll(store, acme)).toEqual([]);
    });

    it('the oldest rows are removed, up to a number, of all organizations, and none that is young enough', async ({
      store,
      acme,
    }) => {
      const other = await createOrganization(store, 'Other');
      const ages = [5, 1, 4, 2, 3, 0];
      const rows = ages.map((age, n) => someRequest(n % 2 === 0 ? acme : other, { occurredAt: NOW - age }));
      await store.requestLogs.append(rows, []);
      const left = async () =>
        [...(await readAll(store, acme)), ...(await readAll(store, other))].map(({ occurredAt }) => NOW - occurredAt);
      expect(await store.requestLogs.prune(NOW - 2, 2)).toBe(2);
      expect((await left()).toSorted()).toEqual([0, 1, 2, 3]);
      expect(await store.requestLogs.prune(NOW - 2, 2)).toBe(1);
      expect(await store.requestLogs.prune(NOW - 2, 2)).toBe(0);
      expect((await left()).toSorted()).toEqual([0, 1, 2]);
    });
  });
}

/** Rows of which three fall into each second. `durationMs` numbers them. */
async function appendMany(
  store: Store,
  organization: Organization,
  count: number,
  wanted: (n: number) => Partial<RequestLog> = () => ({}),
): Promise<RequestLog[]> {
  const rows = Array.from({ length: count }, (_, n) =>
    someRequest(organization, { occurredAt: NOW + Math.floor(n / 3), durationMs: n, ...wanted(n) }),
  );
  await store.requestLogs.append(rows, []);
  return rows;
}

async function readAll(
  store: Store,
  organization: Organization,
  filter = EVER,
  limit = 100,
): Promise<readonly RequestLog[]> {
  const rows: RequestLog[] = [];
  for (let before: RequestLogPlace | null = END; before !== null;) {
    const page = await store.requestLogs.list(organization.id, filter, { before, limit });
    rows.push(...page.rows);
    before = page.next;
  }
  return rows;
}
