import { unwrap } from '@signa/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;
beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization('Acme');
});
afterAll(() => api.close());

const PATH = '/v1/organization/api-keys';
const get = (id: string) => api.send({ path: `${PATH}/${id}`, key: organization.manager.key });

test('a key is shown with all its fields, and without its secret', async () => {
  const { id, key } = await organization.createKey({ name: 'Shown' });
  const response = await get(id);
  expect(response.body).toEqual({
    id,
    object: 'api_key',
    name: 'Shown',
    prefix: key.slice(0, 8),
    scopes: ['trademarks:read'],
    status: 'active',
    metadata: {},
    created_at: api.clock.timestampIn(0),
    created_by: organization.manager.id,
    expires_at: null,
    last_used_at: null,
    rotated_at: null,
    previous_secret_expires_at: null,
    revoked_at: null,
    request_id: response.headers.get('x-request-id'),
  });
  expect(response.text).not.toContain(key);
});

test('a key is typed by the contract in the client', async () => {
  const expires_at = api.clock.timestampIn(60);
  const { id } = await organization.createKey({ expires_at });
  const client = api.client(organization.manager.key);
  const key = await unwrap(client.GET('/v1/organization/api-keys/{id}', { params: { path: { id } } }));
  expect(key.expires_at).toBe(expires_at);
});

test('a key that an operator issued was created by nobody', async () => {
  expect((await get(organization.manager.id)).body.created_by).toBeNull();
});

test('its status follows the clock, and a revoked key keeps its record', async () => {
  const { id } = await organization.createKey({ expires_at: api.clock.timestampIn(10) });
  api.clock.advance(9);
  expect((await get(id)).body.status).toBe('active');
  api.clock.advance(1);
  expect((await get(id)).body.status).toBe('expired');
  await api.send({ method: 'DELETE', path: `${PATH}/${id}`, key: organization.manager.key });
  expect((await get(id)).body).toMatchObject({ status: 'revoked', revoked_at: api.clock.timestampIn(0) });
});

test('its last use is known within a few seconds', async () => {
  const { id, key } = await organization.createKey();
  await api.send({ path: '/v1/organization', key });
  const usedAt = api.clock.timestampIn(0);
  await vi.waitFor(async () => expect((await get(id)).body.last_used_at).toBe(usedAt), {
    timeout: 5_000,
    interval: 200,
  });
});

test('a request is a use of the key that authenticates it, and of no other', async () => {
  const used = new Set<string>();
  const recording = await startApi({
    lastUsed: { record: (id) => void used.add(id), waiting: 0, close: async () => {} },
  });
  const { manager, createKey } = await recording.createOrganization();
  const { id, key } = await createKey();
  const mistyped = key.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  used.clear();
  await recording.send({ path: '/v1/organization', key: mistyped });
  expect(used.size).toBe(0);
  await recording.send({ path: '/v1/organization', key });
  await recording.send({ path: `${PATH}/${id}`, key: manager.key });
  expect(used).toEqual(new Set([id, manager.id]));
  await recording.close();
});

test('the end of a grace period is shown while it runs', async () => {
  const { id } = await organization.createKey();
  const body = { grace_period_seconds: 60 };
  await api.send({ method: 'POST', path: `${PATH}/${id}/rotate`, key: organization.manager.key, body });
  const end = api.clock.timestampIn(60);
  api.clock.advance(59);
  expect((await get(id)).body.previous_secret_expires_at).toBe(end);
  api.clock.advance(1);
  expect((await get(id)).body.previous_secret_expires_at).toBeNull();
});
