import { paginate } from '@signa/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newKey, newOrganization, someDigest, someEvent } from '../storage/conformance/samples.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';

const ROWS = 6_000;

let api: TestApi;
let organization: TestOrganization;
beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  const of = { ...newOrganization('Acme'), id: organization.id };
  await api.store.change(organization.id, async (transaction) => {
    for (let n = 0; n < ROWS; n += 1) {
      await transaction.insertApiKey(newKey(of, { name: `Straw ${n}` }), someDigest());
      await transaction.appendAudit(someEvent({ action: 'api_key.updated' }));
    }
  });
}, 60_000);
afterAll(() => api.close());

const target = someEvent().target.id;

test.each([
  { what: 'a name that no key has', path: '/v1/organization/api-keys', query: { name: 'needle' } },
  { what: 'expired keys, of which there are none', path: '/v1/organization/api-keys', query: { status: 'expired' } },
  {
    what: 'two things that no event records together',
    path: '/v1/organization/audit-events',
    query: { target_id: target, action: 'api_key.created' },
  },
] as const)('$what among 6,000 is sought 5,000 rows at a time, up to the end', async ({ path, query }) => {
  const pages: boolean[] = [];
  for (let cursor: string | null | undefined; cursor !== null && pages.length < 10;) {
    const given = new URLSearchParams({ ...query, ...(cursor && { cursor }) });
    const { status, body } = await api.send({ path: `${path}?${given}`, key: organization.manager.key });
    expect(status).toBe(200);
    expect(body.data).toEqual([]);
    pages.push(body.has_more);
    ({ cursor } = body.pagination);
  }
  expect(pages).toEqual([true, false]);

  for await (const item of paginate(api.client(organization.manager.key), path, { query })) {
    expect.fail(`${item.id} does not match`);
  }
});

test('a total counts all that match, on however many pages', async () => {
  const totalOf = async (query: string) => {
    const path = `/v1/organization/api-keys?limit=1&include_total=true${query}`;
    return (await api.send({ path, key: organization.manager.key })).body.pagination.total_count;
  };
  // Several at once, which wait for each other.
  expect(await Promise.all(['', '&name=straw', '&name=needle', '&status=expired'].map(totalOf))).toEqual([
    ROWS + 1,
    ROWS,
    0,
    0,
  ]);
});
