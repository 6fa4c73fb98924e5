import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { callerOf } from '../testing/caller-of.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization('Acme Trademarks');
});
afterAll(() => api.close());

test('a key is told who it is, in the order of the contract, and nothing that it does not need', async () => {
  const expires_at = api.clock.timestampIn(3600);
  const { id, key } = await organization.createKey({ name: 'Import', scopes: ['billing:read'], expires_at });
  const { text, body } = await callerOf(api, { key }).getOrganization();
  expect(text).toBe(
    JSON.stringify({
      object: 'identity',
      org_id: organization.id,
      org_name: 'Acme Trademarks',
      api_key: { id, name: 'Import', prefix: key.slice(0, 8), scopes: ['billing:read'], expires_at },
      request_id: body.request_id,
    }),
  );
});

test.each(SCOPES)('a key with no scope but %s is told', async (scope) => {
  const key = await organization.createKey({ scopes: [scope] });
  expect((await callerOf(api, key).getOrganization()).body.api_key.scopes).toEqual([scope]);
});

test('each key is told of its own organization', async () => {
  const other = await api.createOrganization('Another');
  const response = await callerOf(api, await other.createKey()).getOrganization();
  expect(response.body).toMatchObject({ org_id: other.id, org_name: 'Another' });
});

test('what has been changed shows at the next request', async () => {
  const key = await organization.createKey({ scopes: SCOPES });
  const body = { name: 'Changed', scopes: ['trademarks:read'], expires_at: api.clock.timestampIn(60) };
  await callerOf(api, organization.manager).update(key.id, body);
  expect((await callerOf(api, key).getOrganization()).body.api_key).toMatchObject(body);

  const { body: rotated } = await callerOf(api, organization.manager).rotate(key.id);
  expect((await callerOf(api, rotated).getOrganization()).body.api_key.prefix).toBe(rotated.prefix);
});
