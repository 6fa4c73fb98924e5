import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

describe('a server', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  /** A server whose pruning is only asked for, and how often each kind was. */
  async function givenPruning(outcomes: { logs: () => Promise<number>; replies: () => Promise<number> }) {
    const logs = vi.fn<() => Promise<number>>(outcomes.logs);
    const replies = vi.fn<() => Promise<number>>(outcomes.replies);
    const warn = vi.fn<() => void>();
    const store = storeWith(api.store, {
      requestLogs: { ...api.store.requestLogs, prune: logs },
      sealedReplies: { ...api.store.sealedReplies, prune: replies },
    });
    const pruning = startPruning({ store, clock: api.clock, log: { ...silent, warn } }, 1);
    const afterSeconds = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 10) {
        vi.advanceTimersByTime(10_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { logs: logs.mock.calls.length, replies: replies.mock.calls.length };
    };
    return { pruning, warn, afterSeconds };
  }
  const nothing = async () => 0;
  const fails = () => Promise.reject(new Error('locked'));

  test('prunes request logs every hour and sealed replies every minute, also when it could not before', async () => {
    const { pruning, warn, afterSeconds } = await givenPruning({ logs: fails, replies: fails });
    expect(await afterSeconds(50)).toEqual({ logs: 1, replies: 1 });
    expect(await afterSeconds(10)).toEqual({ logs: 1, replies: 2 });
    expect(await afterSeconds(3_530)).toEqual({ logs: 1, replies: 60 });
    expect(await afterSeconds(10)).toEqual({ logs: 2, replies: 61 });
    expect(warn).toHaveBeenCalledTimes(63);
    await pruning.stop();
  });

  test('discards secrets in time, however long the request logs take', async () => {
    const end = new EventEmitter();
    const takesLong = once(end, 'end').then(() => 0);
    const { pruning, afterSeconds } = await givenPruning({ logs: () => takesLong, replies: nothing });
    expect(await afterSeconds(7_200)).toEqual({ logs: 1, replies: 121 });
    end.emit('end');
    await pruning.stop();
  });
});

test('an operator’s pruning discards secrets also when the request logs fail', async () => {
  const replies = vi.fn<() => Promise<number>>(async () => 0);
  const store = storeWith(api.store, {
    requestLogs: { ...api.store.requestLogs, prune: () => Promise.reject(new Error('locked')) },
    sealedReplies: { ...api.store.sealedReplies, prune: replies },
  });
  await expect(prune({ store, clock: api.clock }, 1)).rejects.toThrow('locked');
  expect(replies).toHaveBeenCalledOnce();
});
