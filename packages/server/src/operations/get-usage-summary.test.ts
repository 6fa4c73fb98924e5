import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dayOf } from '../keys/day.ts';
import { expectDocumented } from '../testing/documented.ts';
import { expectInvalid } from '../testing/expect-error.ts';
import { operations } from '../testing/sample-requests.ts';
import { type TestApi, type TestOrganization, type TestResponse, startApi } from '../testing/start-api.ts';
import type { UsageCount } from '../usage/usage-count.ts';

const operation = operations.find(({ id }) => id === 'getUsageSummary')!;

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

type Usage = Partial<Omit<UsageCount, 'day'>> & { readonly day: string };

async function organizationWith(usage: readonly Usage[]): Promise<TestOrganization> {
  const organization = await api.createOrganization();
  const of = { organizationId: organization.id, apiKeyId: 'key_00000001', operationId: 'getApiKey', errors: 0 };
  const counts = usage.map(({ day, ...count }) => ({
    ...of,
    requests: 1,
    ...count,
    day: dayOf(Date.parse(day) / 1000),
  }));
  await api.store.requestLogs.append([], counts);
  return organization;
}

async function summarize(
  { manager }: TestOrganization,
  query: Readonly<Record<string, string>>,
): Promise<TestResponse> {
  const path = `/v1/organization/usage/summary?${new URLSearchParams(query)}`;
  const response = await api.send({ path, key: manager.key });
  expectDocumented(operation, response);
  return response;
}

const MARCH = { start_date: '2026-03-01', end_date: '2026-03-31' };

describe('usage', () => {
  const usage: Usage[] = [
    { day: '2026-02-28', requests: 100 },
    { day: '2026-03-01', requests: 3, errors: 1 },
    { day: '2026-03-01', requests: 2, operationId: 'createApiKey', apiKeyId: 'key_00000002' },
    { day: '2026-03-31', requests: 1, errors: 1, apiKeyId: 'key_00000002' },
    { day: '2026-04-01', requests: 100 },
  ];
  const totals = { requests: 6, errors: 2 };

  test('is given by day, unless another grouping is asked for, with the days on which there was none', async () => {
    const { body } = await summarize(await organizationWith(usage), MARCH);
    const { data, ...rest } = body;
    expect(rest).toEqual({
      object: 'usage_summary',
      ...MARCH,
      group_by: 'day',
      totals,
      groups_left_out: 0,
      request_id: expect.any(String),
    });
    expect(data.map(({ group }: { group: string }) => group)).toEqual(
      Array.from({ length: 31 }, (_, n) => `2026-03-${String(n + 1).padStart(2, '0')}`),
    );
    expect(data[0]).toEqual({ group: '2026-03-01', requests: 5, errors: 1 });
    expect(data[1]).toEqual({ group: '2026-03-02', requests: 0, errors: 0 });
    expect(data[30]).toEqual({ group: '2026-03-31', requests: 1, errors: 1 });
  });

  test.each([
    {
      groupBy: 'operation',
      data: [
        { group: 'getApiKey', requests: 4, errors: 2 },
        { group: 'createApiKey', requests: 2, errors: 0 },
      ],
    },
    {
      groupBy: 'api_key',
      data: [
        { group: 'key_00000001', requests: 3, errors: 1 },
        { group: 'key_00000002', requests: 3, errors: 1 },
      ],
    },
  ])('is given by $groupBy, the most requests first', async ({ groupBy, data }) => {
    const { body } = await summarize(await organizationWith(usage), { ...MARCH, group_by: groupBy });
    expect(body).toMatchObject({ group_by: groupBy, totals, data, groups_left_out: 0 });
  });

  test('of more than 1,000 keys is given for those with the most requests; the totals are of all', async () => {
    const keys = Array.from({ length: 1_005 }, (_, n) => ({
      day: '2026-03-01',
      apiKeyId: `key_${String(n).padStart(8, '0')}`,
      requests: n + 1,
    }));
    const { body } = await summarize(await organizationWith(keys), { ...MARCH, group_by: 'api_key' });
    expect(body.data).toHaveLength(1_000);
    expect(body.data[0]).toEqual({ group: 'key_00001004', requests: 1_005, errors: 0 });
    expect(body.data[999].requests).toBe(6);
    expect(body).toMatchObject({ groups_left_out: 5, totals: { requests: (1_005 * 1_006) / 2 } });
  });

  test('of an organization that was never used is zero', async () => {
    const organization = await organizationWith([]);
    const { body } = await summarize(organization, { ...MARCH, group_by: 'operation' });
    expect(body).toMatchObject({ totals: { requests: 0, errors: 0 }, data: [], groups_left_out: 0 });
    const { body: one } = await summarize(organization, { start_date: '2026-03-24', end_date: '2026-03-24' });
    expect(one.data).toEqual([{ group: '2026-03-24', requests: 0, errors: 0 }]);
  });

  test('of another organization is not seen', async () => {
    await organizationWith(usage);
    const { body } = await summarize(await organizationWith([]), MARCH);
    expect(body.totals).toEqual({ requests: 0, errors: 0 });
  });

  test('counts what keys do, refusals too, on the day on which they do it', async () => {
    const organization = await api.createOrganization();
    const { manager } = organization;
    const reader = await organization.createKey();
    await api.send({ path: '/v1/organization', key: reader.key });
    await api.send({ path: '/v1/organization/api-keys', key: reader.key });
    await api.send({ path: '/v1/organization' });
    const today = { start_date: '2026-03-24', end_date: '2026-03-24' };
    const byKey = async () => (await summarize(organization, { ...today, group_by: 'api_key' })).body.data;
    await expect.poll(byKey, { timeout: 5_000 }).toContainEqual({ group: reader.id, requests: 2, errors: 1 });
    expect(await byKey()).toContainEqual({ group: manager.id, requests: expect.any(Number), errors: 0 });
  });
});

describe('a range', () => {
  test.each([
    { query: {}, names: ['start_date', 'end_date'] },
    { query: { start_date: '2026-03-01' }, names: ['end_date'] },
    { query: { start_date: '2026-03-02', end_date: '2026-03-01' }, names: ['end_date'] },
    { query: { start_date: '2026-01-01', end_date: '2027-01-02' }, names: ['end_date'] },
    { query: { start_date: '0000-01-01', end_date: '9999-12-31' }, names: ['end_date'] },
    { query: { start_date: '2026-02-29', end_date: '2026-03-01' }, names: ['start_date'] },
    { query: { ...MARCH, group_by: 'month' }, names: ['group_by'] },
    { query: { ...MARCH, limit: '10' }, names: ['limit'] },
  ])('that cannot be is refused, and what is wrong is named: $query', async ({ query, names }) => {
    const response = await summarize(await api.createOrganization(), query);
    expectInvalid(response, ...names);
  });

  test('may hold 366 days', async () => {
    const { body } = await summarize(await api.createOrganization(), {
      start_date: '2026-01-01',
      end_date: '2027-01-01',
    });
    expect(body.data).toHaveLength(366);
  });
});
