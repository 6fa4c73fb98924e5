import type { components } from '@signa/openapi';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { callerOf } from '../testing/caller-of.ts';
import { basic } from '../testing/credentials.ts';
import {
  type TestApi,
  type TestKey,
  type TestOrganization,
  type TestRequest,
  type TestResourceServer,
  type TestResponse,
  startApi,
} from '../testing/start-api.ts';

type ScopeUsage = components['schemas']['ScopeUsage'];

let api: TestApi;
let organization: TestOrganization;
let key: TestKey;

beforeAll(async () => {
  api = await startApi({ limits: { reads: 50 } });
});
afterAll(() => api.close());
beforeEach(async () => {
  organization = await api.createOrganization();
  key = await organization.createKey({ scopes: ['trademarks:read', 'api-keys:manage', 'billing:read'] });
  // A new window of the limits.
  api.clock.advance(60);
});

const pathOf = ({ id }: TestKey) => `/v1/organization/api-keys/${id}/scope-usage`;

async function usageOf(of = key): Promise<ScopeUsage> {
  return (await api.send({ path: pathOf(of), key: organization.manager.key })).body;
}

/** When each scope was last needed, once everything before has been written. */
async function neededBy(of = key): Promise<Record<string, string | null>> {
  // Uses are written in their order. Another key's is the last.
  const marker = await organization.createKey({ scopes: ['api-keys:manage'] });
  await send(marker, { path: '/v1/organization/api-keys' });
  await vi.waitFor(async () => expect((await usageOf(marker)).scopes[0]!.last_needed_at).not.toBeNull(), 5_000);
  const { scopes } = await usageOf(of);
  return Object.fromEntries(scopes.map(({ scope, last_needed_at: at }) => [scope, at]));
}

function send(as: TestKey, request: TestRequest): Promise<TestResponse> {
  return api.send({ ...request, key: as.key });
}

function introspect(server: TestResourceServer, requiredScope?: string): Promise<TestResponse> {
  return api.send({
    method: 'POST',
    path: '/v1/oauth/introspect',
    type: 'application/x-www-form-urlencoded',
    body: { token: key.key, ...(requiredScope !== undefined && { required_scope: requiredScope }) },
    headers: { Authorization: basic(server) },
  });
}

const NONE = { 'trademarks:read': null, 'api-keys:manage': null, 'billing:read': null };

describe('a scope was needed', () => {
  test('by nothing, as long as the key has done nothing', async () => {
    const response = await api.send({ path: pathOf(key), key: organization.manager.key });
    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      object: 'scope_usage',
      api_key_id: key.id,
      recorded_since: api.clock.timestampIn(-60),
      scopes: [
        { scope: 'trademarks:read', last_needed_at: null },
        { scope: 'api-keys:manage', last_needed_at: null },
        { scope: 'billing:read', last_needed_at: null },
      ],
      request_id: response.headers.get('x-request-id'),
    });
  });

  test('by an operation that requires it, the last time that counts, whatever came of it', async () => {
    await send(key, { path: '/v1/organization/api-keys' });
    api.clock.advance(5);
    expect((await send(key, { path: '/v1/organization/api-keys/key_0000000000000000' })).status).toBe(404);
    const now = api.clock.timestampIn(0);
    api.clock.advance(5);
    expect(await neededBy()).toEqual({ ...NONE, 'api-keys:manage': now });
  });

  test('not by an operation that requires none', async () => {
    expect((await send(key, { path: '/v1/organization' })).status).toBe(200);
    expect(await neededBy()).toEqual(NONE);
    const { body } = await api.send({ path: `/v1/organization/api-keys/${key.id}`, key: organization.manager.key });
    expect(body.last_used_at, 'the key was used all the same').not.toBeNull();
  });

  test('not by a request that is refused: for a scope that is missing', async () => {
    const narrow = await organization.createKey({ scopes: ['billing:read'] });
    expect((await send(narrow, { path: '/v1/organization/api-keys' })).status).toBe(403);
    expect(await neededBy(narrow)).toEqual({ 'billing:read': null });
  });

  test('not by a request that is refused: for the limit', async () => {
    for (let n = 0; n < 50; n += 1) await send(key, { path: '/v1/organization' });
    expect((await send(key, { path: '/v1/organization/api-keys' })).status).toBe(429);
    api.clock.advance(60);
    expect(await neededBy()).toEqual(NONE);
  });

  test.each([
    { what: 'all that a resource server is told of', required: undefined, needed: ['trademarks:read', 'billing:read'] },
    { what: 'what a resource server says that it requires', required: 'billing:read', needed: ['billing:read'] },
    { what: 'nothing, where it will refuse', required: 'trademarks:read api-keys:manage', needed: [] },
  ])('of an introspection: $what', async ({ required, needed }) => {
    const server = await api.createResourceServer(['trademarks:read', 'billing:read']);
    expect((await introspect(server, required)).body).toMatchObject({ active: true });
    const now = api.clock.timestampIn(0);
    expect(await neededBy()).toEqual({ ...NONE, ...Object.fromEntries(needed.map((scope) => [scope, now])) });
  });

  test('not by the introspection of a key that is revoked', async () => {
    const server = await api.createResourceServer(['trademarks:read']);
    await callerOf(api, organization.manager).revoke(key.id);
    expect((await introspect(server)).body).toEqual({ active: false });
    expect(await neededBy()).toEqual(NONE);
  });
});

describe('the report', () => {
  test('has the scopes that the key holds now; one that was taken away and given again has its time from before', async () => {
    const manager = callerOf(api, organization.manager);
    await send(key, { path: '/v1/organization/api-keys' });
    const now = api.clock.timestampIn(0);
    await manager.update(key.id, { scopes: ['billing:read'] });
    expect(await neededBy()).toEqual({ 'billing:read': null });
    await manager.update(key.id, { scopes: ['billing:read', 'api-keys:manage'] });
    expect(await neededBy()).toEqual({ 'billing:read': null, 'api-keys:manage': now });
  });

  test('of a revoked key can still be read', async () => {
    await send(key, { path: '/v1/organization/api-keys' });
    const now = api.clock.timestampIn(0);
    await callerOf(api, organization.manager).revoke(key.id);
    expect(await neededBy()).toEqual({ ...NONE, 'api-keys:manage': now });
  });

  test('tells of the reading key that it needed the scope to read it', async () => {
    await usageOf();
    const now = api.clock.timestampIn(0);
    expect(await neededBy(organization.manager)).toMatchObject({ 'api-keys:manage': now, 'billing:read': null });
  });
});
