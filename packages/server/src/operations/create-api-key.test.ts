import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { type TestApi, type TestOrganization, type TestResponse, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;
beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
});
afterAll(() => api.close());

const PATH = '/v1/organization/api-keys';
const valid = { name: 'Analytics Dashboard', scopes: ['trademarks:read', 'billing:read'] };

function create(body: object, key = organization.manager.key): Promise<TestResponse> {
  return api.send({ method: 'POST', path: PATH, key, body });
}

describe("the page's request", () => {
  test('is answered 201 with exactly its nine fields, in its order', async () => {
    const { manager } = await api.createOrganization();
    const response = await create(valid, manager.key);
    expect(response.status).toBe(201);
    expect(Object.keys(response.body)).toEqual([
      'id',
      'object',
      'name',
      'key',
      'prefix',
      'scopes',
      'created_at',
      'expires_at',
      'request_id',
    ]);
    expect(response.body).toMatchObject({
      ...valid,
      object: 'api_key',
      created_at: '2026-03-24T16:00:00Z',
      expires_at: null,
    });
    expect(response.body.prefix).toBe(response.body.key.slice(0, 8));
    expect(response.headers.get('location')).toBe(`${PATH}/${response.body.id}`);
  });

  test('makes a secret that opens what its scopes allow, and nothing else', async () => {
    const { key } = await organization.createKey({ scopes: ['trademarks:read', 'billing:read'] });
    expect((await api.send({ path: '/v1/organization', key })).body.api_key.scopes).toEqual([
      'trademarks:read',
      'billing:read',
    ]);
    expect((await api.send({ path: PATH, key })).status).toBe(403);
    expect((await create(valid, key)).status).toBe(403);
  });
});

describe('a name', () => {
  test.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['white space in front', ' a'],
    ['white space behind', 'a '],
    ['a line feed', 'a\nb'],
    ['a delete character', 'a\u007Fb'],
    ['a C1 control character', 'a\u0085b'],
    ['a no-break space behind', 'a\u00A0'],
    ['256 characters', 'x'.repeat(256)],
  ])('of %s is refused, and named', async (_, name) => {
    const response = await create({ ...valid, name });
    expect(response).toMatchObject({
      status: 400,
      body: { error: { type: 'validation_error', errors: [{ path: '/name' }] } },
    });
  });

  test.each([
    ['one character', 'x'],
    ['255 characters', 'y'.repeat(255)],
    ['emoji', '🗝️ key'],
    ['another script', '商標'],
  ])('of %s is taken as it is', async (_, name) => {
    expect(await create({ ...valid, name })).toMatchObject({ status: 201, body: { name } });
  });

  test('is one name in both Unicode forms, and the 409 says which key holds it', async () => {
    const { body } = await create({ ...valid, name: 'Café'.normalize('NFC') });
    const response = await create({ ...valid, name: 'Café'.normalize('NFD') });
    expect(response).toMatchObject({ status: 409, body: { error: { type: 'conflict', code: 'name_taken' } } });
    expect(response.body.error.detail).toContain(`${body.id}, which is active`);
  });

  test('is still held by an expired key, and free once its key is revoked', async () => {
    const { id } = await organization.createKey({ name: 'Short', expires_at: api.clock.timestampIn(10) });
    api.clock.advance(10);
    const refused = await create({ ...valid, name: 'Short' });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'name_taken' } } });
    expect(refused.body.error.detail).toContain(`${id}, which is expired`);
    await api.send({ method: 'DELETE', path: `${PATH}/${id}`, key: organization.manager.key });
    expect((await create({ ...valid, name: 'Short' })).status).toBe(201);
  });

  test('is no concern of another organization', async () => {
    const other = await api.createOrganization();
    await organization.createKey({ name: 'Shared' });
    expect((await create({ ...valid, name: 'Shared' }, other.manager.key)).status).toBe(201);
  });

  test('that 50 clients create at once is created once', async () => {
    const responses = await Promise.all(Array.from({ length: 50 }, () => create({ ...valid, name: 'Raced' })));
    expect(responses.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(responses.filter(({ body }) => body.error?.code === 'name_taken')).toHaveLength(49);
  });
});

describe('expires_at', () => {
  test.each([
    ['in the past', '2020-01-01T00:00:00Z'],
    ['a date without a time', '2030-01-01'],
    ['no time at all', 'tomorrow'],
    ['30 February', '2030-02-30T00:00:00Z'],
    ['a leap second', '2030-06-30T23:59:60Z'],
    ['the 25th hour', '2030-01-01T25:00:00Z'],
    ['beyond the year 9999 in UTC', '9999-12-31T23:59:59-01:00'],
    ['a number', 1_900_000_000],
  ])('that is %s is refused, and named', async (_, expires_at) => {
    const response = await create({ ...valid, name: 'Expiring', expires_at });
    expect(response).toMatchObject({ status: 400, body: { error: { errors: [{ path: '/expires_at' }] } } });
  });

  test('that is this very second is refused', async () => {
    expect((await create({ ...valid, name: 'Now', expires_at: api.clock.timestampIn(0) })).status).toBe(400);
    expect((await create({ ...valid, name: 'Now', expires_at: api.clock.timestampIn(1) })).status).toBe(201);
  });

  test.each([
    ['2030-01-01T01:00:00+01:00', '2030-01-01T00:00:00Z'],
    ['2030-01-01T00:00:00.999Z', '2030-01-01T00:00:00Z'],
    [null, null],
  ])('%s is kept as %s', async (expires_at, kept) => {
    const response = await create({ ...valid, name: `Until ${expires_at}`, expires_at });
    expect(response).toMatchObject({ status: 201, body: { expires_at: kept } });
  });
});

describe('scopes', () => {
  test.each([
    ['none', [], '/scopes'],
    ['one twice', ['billing:read', 'billing:read'], '/scopes'],
    ['one that is not in the registry', ['billing:write'], '/scopes/0'],
  ])('%s are refused, and named', async (_, scopes, path) => {
    const response = await create({ ...valid, scopes });
    expect(response).toMatchObject({ status: 400, body: { error: { errors: [{ path }] } } });
  });

  test('beyond those of the caller are refused, and named', async () => {
    const manager = await organization.createKey({ scopes: ['api-keys:manage', 'trademarks:read'] });
    const response = await create({ ...valid, name: 'More' }, manager.key);
    expect(response).toMatchObject({ status: 403, body: { error: { type: 'forbidden', code: 'scope_not_held' } } });
    expect(response.body.error.detail).toContain('billing:read');
    expect(response.headers.get('www-authenticate')).toBeNull();
  });
});

describe('a caller that expires', () => {
  test.each([
    ['never expires', null, 403],
    ['expires a second later', 101, 403],
    ['expires with it', 100, 201],
    ['expires before it', 99, 201],
  ])('asks for a key that %s', async (what, seconds, status) => {
    const expires_at = api.clock.timestampIn(100);
    const caller = await organization.createKey({ scopes: SCOPES, expires_at });
    const body = { ...valid, name: `Outlives: ${what}`, expires_at: seconds && api.clock.timestampIn(seconds) };
    const response = await create(body, caller.key);
    expect(response.status).toBe(status);
    if (status === 403) {
      expect(response.body.error.code).toBe('lifetime_exceeded');
      expect(response.body.error.detail).toContain(expires_at);
    }
  });
});

test('a caller that is revoked while its write waits does not finish it', async () => {
  const { id, key } = await organization.createKey({ scopes: SCOPES });
  const gate = new EventEmitter();
  const holding = api.store.change(organization.id, async (transaction) => {
    await once(gate, 'open');
    const apiKey = (await transaction.getApiKey(id))!;
    await transaction.saveApiKey({ ...apiKey, revokedAt: api.clock() });
  });
  const waiting = create({ ...valid, name: 'Too late' }, key);
  await api.send({ path: '/v1/organization', key }); // by now the write has been authenticated, and waits
  gate.emit('open');
  await holding;
  expect(await waiting).toMatchObject({ status: 401, body: { error: { code: 'invalid_credentials' } } });
  const found = await api.send({ path: `${PATH}?name=Too%20late`, key: organization.manager.key });
  expect(found.body.data).toEqual([]);
});
