import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { newOrganization, someRequest } from '../storage/conformance/samples.ts';
import type { RequestLogStore } from '../storage/request-log-store.ts';
import { startApi } from '../testing/start-api.ts';
import { storeWith } from '../testing/store-with.ts';
import type { UsageCount } from '../usage/usage-count.ts';
import { type RequestLogRecorder, createRequestLogRecorder } from './recorder.ts';
import type { RequestLog } from './request-log.ts';

const acme = newOrganization('Acme');

/** A store that keeps what it is given, and does `first` before that. */
function fakeStore(first: () => Promise<unknown> = async () => {}) {
  const batches: { rows: readonly RequestLog[]; usage: readonly UsageCount[] }[] = [];
  const requestLogs: RequestLogStore = {
    async append(rows, usage) {
      await first();
      batches.push({ rows: [...rows], usage: [...usage] });
    },
    list: () => Promise.reject(new Error('not asked for')),
    prune: () => Promise.reject(new Error('not asked for')),
  };
  return {
    store: { requestLogs },
    batches,
    rows: () => batches.flatMap(({ rows }) => rows),
    requests: () => batches.flatMap(({ usage }) => usage).reduce((sum, { requests }) => sum + requests, 0),
  };
}

function fakeLog() {
  const warnings: { rows?: number; message: string }[] = [];
  const warn = (fields: object, message: string) => void warnings.push({ ...fields, message });
  return { info() {}, warn, error() {}, warnings };
}

/** Counts the requests, and records their rows. */
function take(recorder: RequestLogRecorder, rows: readonly RequestLog[]): void {
  for (const row of rows) {
    recorder.count(row);
    recorder.record(row);
  }
}

const rowsOf = (count: number) => Array.from({ length: count }, () => someRequest(acme));

describe('rows and counts', () => {
  test('are gathered, and written together within about a second', async () => {
    const { store, batches } = fakeStore();
    const recorder = createRequestLogRecorder(store, fakeLog(), { clientAddresses: true });
    const rows = [
      someRequest(acme),
      someRequest(acme, { status: 404 }),
      someRequest(acme, { status: null }),
      someRequest(acme, { apiKeyId: 'key_2' }),
    ];
    take(recorder, rows);
    expect(batches).toEqual([]);
    await vi.waitFor(() => expect(batches).toHaveLength(1), 5_000);
    const counted = { organizationId: acme.id, operationId: 'getApiKey', day: expect.any(Number) };
    expect(batches[0]).toEqual({
      rows,
      usage: [
        { ...counted, apiKeyId: rows[0]!.apiKeyId, requests: 3, errors: 1 },
        { ...counted, apiKeyId: 'key_2', requests: 1, errors: 0 },
      ],
    });
    await recorder.close();
    expect(batches).toHaveLength(1);
  });

  test('are written at once when there are many, a portion at a time and in their order', async () => {
    const { store, batches, rows: written, requests } = fakeStore();
    const recorder = createRequestLogRecorder(store, fakeLog(), { clientAddresses: true });
    const rows = rowsOf(1_100);
    take(recorder, rows);
    await vi.waitFor(() => expect(batches.length).toBeGreaterThanOrEqual(4), 900);
    await recorder.close();
    expect(batches.map((batch) => batch.rows.length)).toEqual([250, 250, 250, 250, 100]);
    expect(written()).toEqual(rows);
    expect(requests()).toBe(1_100);
  });

  test('are written at the end, those too that come while it writes', async () => {
    const { store, rows: written } = fakeStore(() => delay(20));
    const recorder = createRequestLogRecorder(store, fakeLog(), { clientAddresses: true });
    const rows = rowsOf(300);
    take(recorder, rows);
    const closed = recorder.close();
    recorder.record(rows[0]!);
    await closed;
    expect(written()).toEqual([...rows, rows[0]]);
  });

  test('do not hold addresses where these are not to be recorded', async () => {
    const { store, rows: written } = fakeStore();
    const recorder = createRequestLogRecorder(store, fakeLog(), { clientAddresses: false });
    const row = someRequest(acme);
    recorder.record(row);
    await recorder.close();
    expect(written()).toEqual([{ ...row, clientAddress: null }]);
  });
});

describe('a store that fails', () => {
  test('gets rows and counts again, in their order and once', async () => {
    let fail = true;
    const {
      store,
      rows: written,
      requests,
    } = fakeStore(async () => {
      if (fail) throw new Error('locked');
    });
    const log = fakeLog();
    const recorder = createRequestLogRecorder(store, log, { clientAddresses: true });
    const rows = rowsOf(600);
    take(recorder, rows);
    await vi.waitFor(() => expect(log.warnings).toHaveLength(1), 5_000);
    expect(log.warnings).toEqual([expect.objectContaining({ rows: 600 })]);
    fail = false;
    await recorder.close();
    expect(written()).toEqual(rows);
    expect(requests()).toBe(600);
    expect(recorder.dropped).toBe(0);
  });

  test('is asked once a second, however many rows come', async () => {
    const { store } = fakeStore(() => Promise.reject(new Error('locked')));
    const log = fakeLog();
    const recorder = createRequestLogRecorder(store, log, { clientAddresses: true });
    for (let round = 0; round < 20; round += 1) {
      take(recorder, rowsOf(100));
      await delay(30);
    }
    expect(log.warnings.length).toBeLessThanOrEqual(2);
    await recorder.close();
  });

  test('to the end loses rows, and it is told how many', async () => {
    const { store } = fakeStore(() => Promise.reject(new Error('locked')));
    const log = fakeLog();
    const recorder = createRequestLogRecorder(store, log, { clientAddresses: true });
    take(recorder, rowsOf(3));
    await recorder.close();
    expect(recorder.dropped).toBe(3);
    expect(log.warnings.at(-1)).toEqual({ rows: 3, message: expect.stringContaining('dropped') });
  });
});

test('a store that hangs costs rows beyond 10,000 and no count, and it is told how many rows', async () => {
  let release = () => {};
  const hanging = new Promise<void>((resolve) => (release = resolve));
  const { store, rows: written, requests } = fakeStore(() => hanging);
  const log = fakeLog();
  const recorder = createRequestLogRecorder(store, log, { clientAddresses: true });
  const rows = rowsOf(12_345);
  take(recorder, rows);
  expect(recorder.dropped).toBe(2_345);
  await vi.waitFor(() => expect(log.warnings).toEqual([expect.objectContaining({ rows: 2_345 })]), 5_000);
  release();
  await recorder.close();
  expect(written()).toEqual(rows.slice(0, 10_000));
  expect(requests()).toBe(12_345);
  expect(log.warnings).toHaveLength(1);
});

test('requests are all answered, and counted, while the store of the logs hangs', async () => {
  const api = await startApi();
  let release = () => {};
  const hanging = new Promise<void>((resolve) => (release = resolve));
  const { append } = api.store.requestLogs;
  const store = storeWith(api.store, {
    requestLogs: { ...api.store.requestLogs, append: (...given) => hanging.then(() => append(...given)) },
  });
  const hung = await startApi({ store, clock: api.clock });
  onTestFinished(() => api.close());
  const { id, manager } = await api.createOrganization();

  const statuses = [];
  for (let round = 0; round < 10; round += 1) {
    const answers = Array.from({ length: 50 }, () => hung.send({ path: '/v1/organization', key: manager.key }));
    statuses.push(...(await Promise.all(answers)).map(({ status }) => status));
  }
  expect(statuses).toEqual(Array.from({ length: 500 }, () => 200));
  release();
  await hung.close();
  const today = Math.floor(api.clock() / 86_400);
  const range = { first: today, last: today };
  const summary = await api.store.usage.summarize(id, range, { groupBy: 'operation', limit: 10 });
  expect(summary.groups).toEqual([{ group: 'getOrganization', requests: 500, errors: 0 }]);
});
