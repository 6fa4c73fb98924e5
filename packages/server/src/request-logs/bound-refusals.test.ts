import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ErrorCode } from '../errors/error-codes.ts';
import { dayOf } from '../keys/day.ts';
import { callerOf } from '../testing/caller-of.ts';
import { basic } from '../testing/credentials.ts';
import { operations } from '../testing/sample-requests.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';
import { boundRefusals } from './bound-refusals.ts';
import { logRequests } from './log-requests.ts';
import type { RequestLog } from './request-log.ts';

let api: TestApi;
let organization: TestOrganization;

beforeAll(async () => {
  api = await startApi({ limits: { reads: 50, writes: 500 } });
});
afterAll(() => api.close());
beforeEach(async () => {
  // The start of a minute, for each test one of its own.
  api.clock.advance(60 - (api.clock() % 60));
  organization = await api.createOrganization();
});

/** How many rows there are of each status and type of error, once usage has counted so many requests. */
async function rowsOnce(requests: number, errors: number): Promise<Record<string, number>> {
  const today = dayOf(api.clock());
  const { id } = organization;
  const usage = () => api.store.usage.summarize(id, { first: today, last: today }, { groupBy: 'operation', limit: 10 });
  const sum = async (which: 'requests' | 'errors') =>
    (await usage()).groups.reduce((total, group) => total + group[which], 0);
  await expect.poll(() => sum('requests'), { timeout: 5_000 }).toBe(requests);
  expect(await sum('errors')).toBe(errors);

  const rows: RequestLog[] = [];
  let before = { occurredAt: api.clock() + 1, nth: 0 };
  for (;;) {
    const page = await api.store.requestLogs.list(id, { from: 0 }, { before, limit: 100 });
    rows.push(...page.rows);
    if (page.next === null) break;
    before = page.next;
  }
  const counts: Record<string, number> = {};
  for (const { status, errorType } of rows) {
    const kind = `${status} ${errorType}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const times = <T>(count: number, send: () => Promise<T>) => Promise.all(Array.from({ length: count }, send));

test('a flood beyond the limit leaves 100 rows, and each request is counted as an error', async () => {
  await times(400, () => callerOf(api, organization.manager).getOrganization());
  expect(await rowsOnce(400, 350)).toEqual({ '200 null': 50, '429 rate_limited': 100 });
});

test('a flood without the scope leaves 100 rows, and takes no row from what is let in', async () => {
  const reader = callerOf(api, await organization.createKey());
  await times(300, () => reader.list());
  await times(3, () => reader.getOrganization());
  expect(await rowsOnce(304, 300)).toEqual({ '201 null': 1, '200 null': 3, '403 forbidden': 100 });
});

test('checks of a key that was revoked leave 100 rows, and none counts as usage', async () => {
  const { id, key } = await organization.createKey();
  await callerOf(api, organization.manager).revoke(id);
  const headers = { Authorization: basic(await api.createResourceServer()) };
  const type = 'application/x-www-form-urlencoded';
  const check = () => api.send({ method: 'POST', path: '/v1/oauth/introspect', type, headers, body: { token: key } });
  const answers = await times(250, check);
  expect(answers.every(({ body }) => body.active === false)).toBe(true);
  // The last row of all, so that what came before it has been written.
  await callerOf(api, organization.manager).getOrganization();
  expect(await rowsOnce(3, 0)).toEqual({ '201 null': 1, '200 null': 2, '200 unauthorized': 100 });
});

test('a refusal counts towards the 100 although the client did not wait for it', () => {
  const rows: RequestLog[] = [];
  const recorder = {
    count: () => {},
    record: (row: RequestLog) => rows.push(row),
    waiting: 0,
    dropped: 0,
    close: async () => {},
  };
  const log = logRequests(recorder, api.clock);
  const operation = operations.find(({ id }) => id === 'getOrganization')!;
  const owner = { organizationId: 'orgn_1', apiKeyId: 'key_1', apiKeyPrefix: 'sig_a1b2' };
  const context = {
    clientAddress: null,
    requestId: 'req_1',
    path: operation.path,
    operation,
    owner,
    errorCode: 'rate_limit_exceeded',
  } as const;
  for (let round = 0; round < 300; round += 1) {
    log({ context, method: 'GET', status: null, arrivedAt: api.clock(), durationMs: 1 });
  }
  expect(rows).toHaveLength(100);
});

test('each organization, kind and minute has 100 of its own, and what was let in has no bound', () => {
  const leavesRow = boundRefusals(api.clock);
  const left = (id: string, code?: ErrorCode) =>
    Array.from({ length: 150 }, () => leavesRow(id, code)).filter(Boolean).length;
  expect(left('orgn_1', 'rate_limit_exceeded')).toBe(100);
  expect(left('orgn_1', 'insufficient_scope')).toBe(100);
  expect(left('orgn_2', 'rate_limit_exceeded')).toBe(100);
  expect(left('orgn_1', 'rate_limit_exceeded')).toBe(0);
  expect([left('orgn_1'), left('orgn_1', 'invalid_request')]).toEqual([150, 150]);
  api.clock.advance(60);
  expect(left('orgn_1', 'rate_limit_exceeded')).toBe(100);
});
