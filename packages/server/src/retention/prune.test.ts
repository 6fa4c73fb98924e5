import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { someRequest } from '../storage/conformance/samples.ts';
import { type TestApi, startApi } from '../testing/start-api.ts';
import { storeWith } from '../testing/store-with.ts';
import { prune } from './prune.ts';
import { startPruning } from './start-pruning.ts';

const DAY = 86_400;

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const silent = { info() {}, warn() {}, error() {} };

/** Adds a row for each age in seconds, and returns what tells the ages of those that are left. */
async function givenRows(ages: readonly number[]): Promise<() => Promise<number[]>> {
  const { id } = await api.createOrganization();
  const now = api.clock();
  const organization = { id };
  await api.store.requestLogs.append(
    ages.map((age) => someRequest(organization, { occurredAt: now - age })),
    [],
  );
  return async () => {
    const page = { before: { occurredAt: Number.MAX_SAFE_INTEGER, nth: 0 }, limit: 1_000 };
    return (await api.store.requestLogs.list(id, { from: 0 }, page)).rows.map(({ occurredAt }) => now - occurredAt);
  };
}

test('rows are kept for as many days as is said, to the second', async () => {
  const left = await givenRows([0, 30 * DAY, 30 * DAY + 1, 400 * DAY]);
  expect(await prune(api, 30)).toEqual({ requestLogs: 2, sealedReplies: 0 });
  expect(await left()).toEqual([0, 30 * DAY]);
  expect(await prune(api, 30)).toEqual({ requestLogs: 0, sealedReplies: 0 });
});

test('the secret of a sealed reply is discarded once its hour is over, and the reply once its day is', async () => {
  const { manager } = await api.createOrganization();
  await api.send({
    method: 'POST',
    path: '/v1/organization/api-keys',
    key: manager.key,
    headers: { 'Idempotency-Key': '5f0c6d5e-8f3b-4c59-9f0d-0e6f3c1c2a77' },
    body: { name: 'Import', scopes: ['trademarks:read'] },
  });
  const pruned = [];
  for (const hours of [0, 1, 0, 24]) {
    api.clock.advance(hours * 3_600);
    pruned.push((await prune(api, 30)).sealedReplies);
  }
  expect(pruned).toEqual([0, 1, 0, 1]);
});

test('many are removed in small portions', async () => {
  const left = await givenRows(Array.from({ length: 600 }, (_, n) => 2 * DAY + n));
  const portions: number[] = [];
  const store = storeWith(api.store, {
    requestLogs: {
      ...api.store.requestLogs,
      async prune(before, limit) {
        const removed = await api.store.requestLogs.prune(before, limit);
        portions.push(removed);
        return removed;
      },
    },
  });
  expect(await prune({ store, clock: api.clock }, 1)).toEqual({ requestLogs: 600, sealedReplies: 0 });
  expect(portions).toEqual([250, 250, 100, 0]);
  expect(await left()).toEqual([]);
});

test('a server prunes as it starts, and stops after a portion when it is told to', async () => {
  const left = await givenRows(Array.from({ length: 600 }, (_, n) => 2 * DAY + n));
  const pruning = startPruning({ ...api, log: silent }, 1);
  await pruning.stop();
  expect(await left()).toHaveLength(350);
  const again = startPruning({ ...api, log: silent }, 1);
  await expect.poll(left).toEqual([]);
  await again.stop();
});

test('a server prunes every hour, also after an hour in which it could not', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const outcomes = [() => Promise.reject(new Error('locked')), async () => 0];
    const asked = vi.fn<() => Promise<number>>(() => outcomes.shift()!());
    const store = storeWith(api.store, { requestLogs: { ...api.store.requestLogs, prune: asked } });
    const warned = vi.fn<() => void>();
    const pruning = startPruning({ store, clock: api.clock, log: { ...silent, warn: warned } }, 1);
    await vi.waitFor(() => expect(warned).toHaveBeenCalledOnce());
    vi.advanceTimersByTime(3_590_000);
    expect(asked).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(10_000);
    expect(asked).toHaveBeenCalledTimes(2);
    await pruning.stop();
  } finally {
    vi.useRealTimers();
  }
});
