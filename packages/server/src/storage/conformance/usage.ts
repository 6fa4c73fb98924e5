import { describe, expect } from 'vitest';
import type { Organization } from '../../keys/api-key.ts';
import { formatDay } from '../../keys/day.ts';
import type { UsageQuery, UsageSummary } from '../usage-store.ts';
import type { Store } from '../store.ts';
import { createOrganization } from './given.ts';
import { someUsage } from './samples.ts';
import type { StoreTest } from './store-test.ts';

/** 2024-01-01, the first day of a leap year. */
const DAY = 19_723;
const YEAR = 366;

export function describeUsage(it: StoreTest): void {
  describe('usage', () => {
    it('adds up, over many writes and over a reopening', async ({ store, acme, reopen }) => {
      await add(store, acme, [
        { requests: 3, errors: 1 },
        { requests: 2, errors: 2 },
      ]);
      await add(store, acme, [{ requests: 5 }]);
      const want = { totals: { requests: 10, errors: 3 }, groupCount: 1 };
      expect(await summarize(store, acme, 'day')).toMatchObject(want);
      expect(await summarize(await reopen(), acme, 'operation')).toMatchObject(want);
    });

    it('is grouped by day, by operation and by key, the most requests first', async ({ store, acme }) => {
      await add(store, acme, [
        { day: DAY, operationId: 'a', apiKeyId: 'key_1', requests: 1 },
        { day: DAY, operationId: 'b', apiKeyId: 'key_1', requests: 4, errors: 1 },
        { day: DAY + 1, operationId: 'b', apiKeyId: 'key_2', requests: 2 },
        { day: DAY + 1, operationId: 'a', apiKeyId: 'key_2', requests: 2, errors: 2 },
      ]);
      const totals = { requests: 9, errors: 3 };
      expect(await summarize(store, acme, 'day')).toEqual({
        totals,
        groups: [
          { group: '2024-01-01', requests: 5, errors: 1 },
          { group: '2024-01-02', requests: 4, errors: 2 },
        ],
        groupCount: 2,
      });
      expect(await summarize(store, acme, 'operation')).toEqual({
        totals,
        groups: [
          { group: 'b', requests: 6, errors: 1 },
          { group: 'a', requests: 3, errors: 2 },
        ],
        groupCount: 2,
      });
      expect(await summarize(store, acme, 'api_key')).toEqual({
        totals,
        groups: [
          { group: 'key_1', requests: 5, errors: 1 },
          { group: 'key_2', requests: 4, errors: 2 },
        ],
        groupCount: 2,
      });
    });

    it('has at most so many groups, and totals of all', async ({ store, acme }) => {
      await add(
        store,
        acme,
        [1, 2, 3, 4].map((requests) => ({ apiKeyId: `key_${requests}`, requests })),
      );
      expect(await summarize(store, acme, 'api_key', { limit: 2 })).toEqual({
        totals: { requests: 10, errors: 0 },
        groups: [
          { group: 'key_4', requests: 4, errors: 0 },
          { group: 'key_3', requests: 3, errors: 0 },
        ],
        groupCount: 4,
      });
    });

    it('of many keys is exact, however they lie on the days', async ({ store, acme }) => {
      // Some keys are used on every third day, and most on one.
      const keys = Array.from({ length: 6_000 }, (_, n) => `key_${String((n * 7_919) % 6_000).padStart(5, '0')}`);
      const uses = keys.flatMap((apiKeyId, n) =>
        (n % 100 === 0 ? [0, 3, 6, 9] : [n % 10]).map((at) => ({
          day: DAY + at,
          apiKeyId,
          requests: n + 1,
          errors: n % 2,
        })),
      );
      await add(store, acme, uses);
      for (const range of [{ last: DAY + 9 }, { last: DAY + 30 }, { first: DAY + 3, last: DAY + 3 }]) {
        const { first = DAY, last } = range;
        const sums = new Map<string, { requests: number; errors: number }>();
        for (const { day, apiKeyId, requests, errors } of uses) {
          if (day < first || day > last) continue;
          const { requests: before, errors: failed } = sums.get(apiKeyId) ?? { requests: 0, errors: 0 };
          sums.set(apiKeyId, { requests: before + requests, errors: failed + errors });
        }
        const groups = [...sums]
          .map(([group, counts]) => ({ group, ...counts }))
          .toSorted((a, b) => b.requests - a.requests || (a.group < b.group ? -1 : 1));
        const sum = (of: 'requests' | 'errors') => groups.reduce((total, group) => total + group[of], 0);
        expect(await summarize(store, acme, 'api_key', { ...range, limit: 100 })).toEqual({
          totals: { requests: sum('requests'), errors: sum('errors') },
          groups: groups.slice(0, 100),
          groupCount: groups.length,
        });
      }
    });

    it('of any range is that of its days, however it lies to the months', async ({ store, acme }) => {
      // Each day its own number, so that one too many, one too few and one twice all show.
      const requestsOn = (day: number) => 1 + (day - DAY) ** 2;
      const days = Array.from({ length: YEAR + 31 }, (_, n) => DAY + n);
      await add(
        store,
        acme,
        days.map((day) => ({ day, requests: requestsOn(day) })),
      );
      const bounds = [0, 1, 14, 29, 30, 31, 32, 58, 59, 60, 61, 90, 91, 300, 334, 335, 364, 365, 366].map(
        (n) => DAY + n,
      );
      for (const first of bounds) {
        for (const last of bounds.filter((bound) => bound >= first)) {
          const want = days.filter((day) => day >= first && day <= last).reduce((sum, day) => sum + requestsOn(day), 0);
          for (const groupBy of ['day', 'api_key'] as const) {
            const { totals } = await summarize(store, acme, groupBy, { first, last });
            expect(totals.requests, `${groupBy} ${formatDay(first)} to ${formatDay(last)}`).toBe(want);
          }
        }
      }
    });

    it('of a range without requests is nothing', async ({ store, acme }) => {
      await add(store, acme, [{ day: DAY }]);
      for (const groupBy of ['day', 'operation', 'api_key'] as const) {
        expect(await summarize(store, acme, groupBy, { first: DAY + 1, last: DAY + 100 })).toEqual({
          totals: { requests: 0, errors: 0 },
          groups: [],
          groupCount: 0,
        });
      }
    });

    it('of another organization is not counted', async ({ store, acme }) => {
      const other = await createOrganization(store, 'Other');
      await add(store, acme, [{ requests: 1 }]);
      await add(store, other, [{ requests: 2 }]);
      for (const groupBy of ['day', 'operation', 'api_key'] as const) {
        expect((await summarize(store, acme, groupBy)).totals).toEqual({ requests: 1, errors: 0 });
      }
    });
  });
}

async function add(
  store: Store,
  organization: Organization,
  counts: readonly Parameters<typeof someUsage>[1][],
): Promise<void> {
  await store.requestLogs.append(
    [],
    counts.map((wanted) => someUsage(organization, { day: DAY, ...wanted })),
  );
}

function summarize(
  store: Store,
  organization: Organization,
  groupBy: UsageQuery['groupBy'],
  { first = DAY, last = DAY + YEAR - 1, limit = 1_000 } = {},
): Promise<UsageSummary> {
  return store.usage.summarize(organization.id, { first, last }, { groupBy, limit });
}
