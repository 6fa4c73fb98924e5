import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RequestLog } from '../request-logs/request-log.ts';
import { someRequest } from '../storage/conformance/samples.ts';
import { expectDocumented } from '../testing/documented.ts';
import { expectInvalid } from '../testing/expect-error.ts';
import { operations } from '../testing/sample-requests.ts';
import { type TestApi, type TestOrganization, type TestResponse, startApi } from '../testing/start-api.ts';

const PATH = '/v1/organization/logs';
const HOUR = 3_600;
/** 2026-03-24T16:00:00Z, where the clock of the tests stands. */
const NOW = 1_774_368_000;

const operation = operations.find(({ id }) => id === 'listRequestLogs')!;

let api: TestApi;
beforeAll(async () => {
  // The requests of these tests leave no rows of their own. log-requests.test.ts is about those that do.
  api = await startApi({
    requestLogs: { count: () => {}, record: () => {}, waiting: 0, dropped: 0, close: async () => {} },
  });
});
afterAll(() => api.close());

/** An organization whose log holds these rows, the oldest first. Each is named by its request id. */
async function organizationWith(rows: readonly Partial<RequestLog>[]): Promise<TestOrganization> {
  const organization = await api.createOrganization();
  await add(organization, rows);
  return organization;
}

async function add({ id }: TestOrganization, rows: readonly Partial<RequestLog>[]): Promise<void> {
  const of = { id };
  await api.store.requestLogs.append(
    rows.map((row) => someRequest(of, { occurredAt: NOW, ...row })),
    [],
  );
}

function list({ manager }: TestOrganization, query: Readonly<Record<string, string>> = {}): Promise<TestResponse> {
  return api.send({ path: `${PATH}?${new URLSearchParams(query)}`, key: manager.key });
}

const row = (name: string, more: Partial<RequestLog> = {}) => ({ requestId: `req_00000000${name}`, ...more });
const namesOf = ({ body }: TestResponse): string =>
  body.data.map(({ request_id: id }: { request_id: string }) => id.slice('req_00000000'.length)).join('');

test('a row is shown as the contract has it', async () => {
  const more = { status: 403, errorType: 'forbidden', occurredAt: NOW - 5, durationMs: 1.234 };
  const response = await list(
    await organizationWith([row('a', more), row('b', { status: null, clientAddress: null })]),
  );
  expectDocumented(operation, response);
  expect(response.body).toMatchObject({ object: 'list', has_more: false, pagination: { cursor: null } });
  expect(response.body.data).toEqual([
    expect.objectContaining({ status_code: null, error_type: null, client_address: null }),
    {
      object: 'request_log',
      request_id: 'req_00000000a',
      occurred_at: '2026-03-24T15:59:55Z',
      method: 'GET',
      path: '/v1/organization/api-keys/key_0000000000000002',
      path_template: '/v1/organization/api-keys/{id}',
      operation_id: 'getApiKey',
      status_code: 403,
      duration_ms: 1.234,
      error_type: 'forbidden',
      api_key_id: 'key_0000000000000001',
      api_key_prefix: 'sig_a1b2',
      client_address: '203.0.113.17',
    },
  ]);
});

describe('the range', () => {
  const startOf = (day: string) => Date.parse(day) / 1000;
  const days: Partial<RequestLog>[] = [
    row('a', { occurredAt: startOf('2026-03-22') - 1 }),
    row('b', { occurredAt: startOf('2026-03-22') }),
    row('c', { occurredAt: startOf('2026-03-23') - 1 }),
    row('d', { occurredAt: startOf('2026-03-23') }),
    row('e', { occurredAt: NOW - 24 * HOUR - 1 }),
    row('f', { occurredAt: NOW - 24 * HOUR }),
    row('g', { occurredAt: startOf('2026-03-24') }),
    row('h', { occurredAt: NOW }),
  ];

  test.each([
    { query: {}, want: 'hgf', what: 'the last 24 hours' },
    { query: { start_date: '2026-03-23' }, want: 'hgfed', what: 'all from a day on' },
    { query: { end_date: '2026-03-22' }, want: 'cba', what: 'all up to a day' },
    { query: { start_date: '2026-03-22', end_date: '2026-03-23' }, want: 'fedcb', what: 'from a day to another' },
    { query: { start_date: '2026-03-22', end_date: '2026-03-22' }, want: 'cb', what: 'one day' },
    { query: { start_date: '2026-03-25', end_date: '9999-12-31' }, want: '', what: 'days to come' },
    { query: { start_date: '0000-01-01' }, want: 'hgfedcba', what: 'all of time' },
  ])('$query is $what', async ({ query, want }) => {
    expect(namesOf(await list(await organizationWith(days), query))).toBe(want);
  });

  test('of the first page holds for all, while time passes', async () => {
    const organization = await organizationWith(days);
    let page = await list(organization, { limit: '1' });
    let seen = namesOf(page);
    while (page.body.has_more) {
      api.clock.advance(20 * HOUR);
      page = await list(organization, { limit: '1', cursor: page.body.pagination.cursor });
      seen += namesOf(page);
    }
    api.clock.advance(NOW - api.clock());
    expect(seen).toBe('hgf');
  });

  test.each([
    { query: { start_date: '2026-03-24', end_date: '2026-03-23' }, names: ['end_date'] },
    { query: { start_date: '2026-02-30' }, names: ['start_date'] },
    { query: { start_date: '2026-03-24T00:00:00Z' }, names: ['start_date'] },
    { query: { end_date: 'yesterday' }, names: ['end_date'] },
    { query: { start_date: '' }, names: ['start_date'] },
    { query: { status_code: '99' }, names: ['status_code'] },
    { query: { status_code: '4xx' }, names: ['status_code'] },
    { query: { method: 'get' }, names: ['method'] },
    { query: { method: 'TRACE' }, names: ['method'] },
    { query: { api_key_id: 'key_!' }, names: ['api_key_id'] },
    { query: { path: 'v1/organization' }, names: ['path'] },
    { query: { path: '/ä' }, names: ['path'] },
    { query: { limit: '101' }, names: ['limit'] },
    { query: { include_total: 'true' }, names: ['include_total'] },
  ])('and filters that cannot be are refused and named: $query', async ({ query, names }) => {
    const response = await list(await api.createOrganization(), query);
    expectInvalid(response, ...names);
    expectDocumented(operation, response);
  });
});

describe('a filter', () => {
  const of = { path: '/v1/organization/api-keys/key_00000001', pathTemplate: '/v1/organization/api-keys/{id}' };
  const keys = { path: '/v1/organization/api-keys', pathTemplate: '/v1/organization/api-keys' };
  const rows: Partial<RequestLog>[] = [
    row('a', { ...of, apiKeyId: 'key_00000001' }),
    row('b', { ...keys, method: 'POST', status: 201, apiKeyId: 'key_00000001' }),
    row('c', { ...of, method: 'DELETE', status: 404, apiKeyId: 'key_00000002' }),
    row('d', { ...keys, method: 'HEAD', apiKeyId: 'key_00000002' }),
    row('e', { ...keys, status: null, apiKeyId: 'key_00000002' }),
  ];

  test.each([
    { query: { status_code: '200' }, want: 'da' },
    { query: { status_code: '404' }, want: 'c' },
    { query: { status_code: '500' }, want: '' },
    { query: { method: 'GET' }, want: 'ea' },
    { query: { method: 'HEAD' }, want: 'd' },
    { query: { api_key_id: 'key_00000001' }, want: 'ba' },
    { query: { api_key_id: 'key_00000003' }, want: '' },
    { query: { path: keys.path }, want: 'edb' },
    { query: { path: of.path }, want: 'ca' },
    { query: { path: of.pathTemplate }, want: 'ca' },
    { query: { path: '/v1/organization' }, want: '' },
    { query: { path: keys.path, method: 'POST', status_code: '201', api_key_id: 'key_00000001' }, want: 'b' },
    { query: { path: keys.path, method: 'POST', status_code: '404' }, want: '' },
  ])('$query finds "$want"', async ({ query, want }) => {
    expect(namesOf(await list(await organizationWith(rows), query))).toBe(want);
  });

  test('belongs to its cursor', async () => {
    const organization = await organizationWith(rows);
    const filters = [
      {},
      { start_date: '2026-03-24' },
      { end_date: '2026-03-24' },
      { method: 'GET' },
      { path: keys.path },
    ];
    for (const own of filters) {
      const { cursor } = (await list(organization, { ...own, limit: '1' })).body.pagination;
      expect((await list(organization, { ...own, cursor })).status).toBe(200);
      for (const other of filters.filter((filter) => filter !== own)) {
        expectInvalid(await list(organization, { ...other, cursor }), 'cursor');
      }
    }
  });
});

describe('another organization', () => {
  test("sees none of these rows, not even by its keys' ids or a cursor", async () => {
    const [organization, stranger] = [await organizationWith([row('a'), row('b')]), await api.createOrganization()];
    expect(namesOf(await list(stranger))).toBe('');
    expect(namesOf(await list(stranger, { api_key_id: 'key_0000000000000001' }))).toBe('');
    const { cursor } = (await list(organization, { limit: '1' })).body.pagination;
    expectInvalid(await list(stranger, { cursor }), 'cursor');
  });
});

test('a page for which too many rows would have to be looked at ends early, and the next goes on from there', async () => {
  const rows = Array.from({ length: 7_000 }, (_, n) => (n === 10 ? row('x', { method: 'DELETE' }) : {}));
  const organization = await organizationWith(rows);
  const first = await list(organization, { method: 'DELETE' });
  expect(first.body).toMatchObject({ data: [], has_more: true });
  expectDocumented(operation, first);
  const second = await list(organization, { method: 'DELETE', cursor: first.body.pagination.cursor });
  expect([namesOf(second), second.body.has_more]).toEqual(['x', false]);
});
