import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectError, expectInvalid } from '../testing/expect-error.ts';
import { type TestApi, type TestKey, type TestOrganization, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
});
afterAll(() => api.close());

const versionOf = async (id: string) => (await api.store.getApiKey(organization.id, id))!.version;

describe('an update', () => {
  test.each([
    { field: 'name', body: { name: 'Renamed' } },
    { field: 'scopes', body: { scopes: ['billing:read', 'api-keys:manage'] } },
    { field: 'expires_at', body: { expires_at: '2027-01-01T00:00:00Z' } },
    { field: 'metadata', body: { metadata: { team: 'data-platform' } } },
  ])('changes $field and nothing else, and answers with the key as it is now', async ({ body }) => {
    const { id, key } = await organization.createKey();
    const { request_id: _, ...before } = (await manager.get(id)).body;
    const response = await manager.update(id, body);
    expect(response).toMatchObject({ status: 200, body: { ...before, ...body } });
    const { request_id: __, ...after } = response.body;
    expect((await manager.get(id)).body).toMatchObject(after);
    expect(after).toEqual({ ...before, ...body });
    expect((await callerOf(api, { key }).getOrganization()).status, 'the secret still works').toBe(200);
  });

  test('changes several fields at once, or none of them', async () => {
    const { id } = await organization.createKey({ name: 'All or nothing' });
    const change = { name: 'Changed', scopes: ['billing:read'], metadata: { a: 'b' } };
    expectInvalid(await manager.update(id, { ...change, expires_at: '2020-01-01T00:00:00Z' }), '/expires_at');
    expect((await manager.get(id)).body).toMatchObject({ name: 'All or nothing', scopes: ['trademarks:read'] });
    expect((await manager.update(id, change)).body).toMatchObject(change);
  });

  test('to what the key is already is no change: its version stays', async () => {
    const { id } = await organization.createKey({ name: 'Same', expires_at: '2027-01-01T00:00:00Z' });
    await manager.update(id, { metadata: { team: 'a', ticket: 'b' } });
    const version = await versionOf(id);
    const response = await manager.update(id, {
      name: 'Same',
      scopes: ['trademarks:read'],
      expires_at: '2027-01-01T01:00:00.5+01:00',
      metadata: { ticket: 'b', gone: null },
      previous_secret_expires_at: null,
    });
    expect(response).toMatchObject({ status: 200, body: { name: 'Same', metadata: { team: 'a', ticket: 'b' } } });
    expect(await versionOf(id)).toBe(version);
    await manager.update(id, { metadata: { ticket: 'c' } });
    expect(await versionOf(id)).toBe(version + 1);
  });

  test.each([
    { what: 'nothing', body: {}, paths: [''] },
    { what: 'a blank name', body: { name: ' ' }, paths: ['/name'] },
    { what: 'no name', body: { name: null }, paths: ['/name'] },
    { what: 'no scopes', body: { scopes: [] }, paths: ['/scopes'] },
    { what: 'a scope twice', body: { scopes: ['billing:read', 'billing:read'] }, paths: ['/scopes'] },
    { what: 'a past expiry', body: { expires_at: '2026-03-24T15:59:59Z' }, paths: ['/expires_at'] },
    { what: 'a day that does not exist', body: { expires_at: '2027-02-30T00:00:00Z' }, paths: ['/expires_at'] },
    { what: 'a later end of a grace', body: { previous_secret_expires_at: '2027-01-01T00:00:00Z' }, paths: ['/previous_secret_expires_at'] }, // prettier-ignore
    { what: 'another id', body: { id: 'key_0000000000000000' }, paths: ['/id'] },
    { what: 'a status', body: { status: 'active' }, paths: ['/status'] },
    { what: 'a revival', body: { revoked_at: null }, paths: ['/revoked_at'] },
  ])('of $what is refused, and named', async ({ body, paths }) => {
    const { id } = await organization.createKey();
    expectInvalid(await manager.update(id, body), ...paths);
  });

  test.each(['expired', 'revoked'])('of a key that is %s is refused', async (status) => {
    const { id } = await organization.createKey({ expires_at: api.clock.timestampIn(60) });
    if (status === 'revoked') await manager.revoke(id);
    else api.clock.advance(60);
    for (const body of [{ name: 'Risen' }, { expires_at: null }, { metadata: { a: 'b' } }]) {
      const response = await manager.update(id, body);
      expectError(response, 409, 'key_not_active');
      expect(response.body.error.detail).toContain(status);
    }
    expect((await manager.get(id)).body).toMatchObject({ status, metadata: {} });
  });
});

describe('metadata', () => {
  const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));

  test.each<{ given: object; change: object; want: object }>([
    { given: { a: '1' }, change: { b: '2' }, want: { a: '1', b: '2' } },
    { given: { a: '1', b: '2' }, change: { a: '3' }, want: { a: '3', b: '2' } },
    { given: { a: '1', b: '2' }, change: { a: null }, want: { b: '2' } },
    { given: { a: '1' }, change: { a: null, b: null }, want: {} },
    { given: { a: '1' }, change: {}, want: { a: '1' } },
    { given: {}, change: { a: '' }, want: { a: '' } },
    { given: {}, change: { ['k'.repeat(40)]: 'v'.repeat(500) }, want: { ['k'.repeat(40)]: 'v'.repeat(500) } },
    { given: {}, change: { '🔑/~ "\\': '\u0000\n🔑' }, want: { '🔑/~ "\\': '\u0000\n🔑' } },
    { given: {}, change: { constructor: 'a', toString: 'b' }, want: { constructor: 'a', toString: 'b' } },
    { given: entries(49), change: { one: 'v' }, want: { ...entries(49), one: 'v' } },
    { given: entries(50), change: { k0: null, one: 'v' }, want: { ...entries(50), k0: undefined, one: 'v' } },
  ])('that is $given becomes $want by $change', async ({ given, change, want }) => {
    const { id } = await organization.createKey();
    expect((await manager.update(id, { metadata: given })).body.metadata).toEqual(given);
    expect((await manager.update(id, { metadata: change })).body.metadata).toEqual(want);
    expect((await manager.get(id)).body.metadata).toEqual(want);
  });

  test('may have an entry named __proto__, which is an entry like any other', async () => {
    const { id } = await organization.createKey();
    await manager.update(id, '{"metadata":{"__proto__":"text","a":"1"}}');
    const { text } = await manager.get(id);
    expect(text).toContain('"__proto__":"text"');
    await manager.update(id, '{"metadata":{"__proto__":null}}');
    expect((await manager.get(id)).text).not.toContain('__proto__');
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  test.each([
    { what: 'a name of 41 characters', metadata: { ['k'.repeat(41)]: 'v' } },
    { what: 'an empty name', metadata: { '': 'v' } },
    { what: '101 entries', metadata: entries(101) },
    { what: 'nothing but null', metadata: null },
    { what: 'a list', metadata: ['v'] },
    { what: 'a text', metadata: 'v' },
  ])('of $what is refused, and named', async ({ metadata }) => {
    const { id } = await organization.createKey();
    const response = await manager.update(id, { metadata });
    expectError(response, 400, 'invalid_request');
    expect(response.body.error.errors[0].path).toMatch(/^\/metadata/);
  });

  test.each([
    { what: '501 characters', value: 'v'.repeat(501) },
    { what: 'a number', value: 7 },
    { what: 'an object', value: {} },
  ])('with an entry of $what is refused, and the entry is named', async ({ value }) => {
    const { id } = await organization.createKey();
    expectInvalid(await manager.update(id, { metadata: { entry: value } }), '/metadata/entry');
  });

  test('or a name with a secret in it is refused, and named', async () => {
    const { id, key } = await organization.createKey();
    expectInvalid(await manager.update(id, { metadata: { old: `was ${key}` } }), '/metadata/old');
    expectInvalid(await manager.update(id, { name: key }), '/name');
  });

  test('of more than 50 entries in the end is refused, and the key keeps what it had', async () => {
    const { id } = await organization.createKey();
    await manager.update(id, { metadata: entries(50) });
    expectInvalid(await manager.update(id, { metadata: { one: 'more' } }), '/metadata');
    expect((await manager.get(id)).body.metadata).toEqual(entries(50));
  });
});

describe('scopes', () => {
  test('that the caller does not hold cannot be added, and can stay or be taken away', async () => {
    const caller = callerOf(api, await organization.createKey({ scopes: ['api-keys:manage', 'trademarks:read'] }));
    const { id } = await organization.createKey({ scopes: ['billing:read'] });
    const bare = await organization.createKey();

    const refused = await caller.update(bare.id, { scopes: ['trademarks:read', 'billing:read'] });
    expectError(refused, 403, 'scope_not_held');
    expect(refused.body.error.detail).toContain('billing:read');
    expect((await caller.update(id, { scopes: ['billing:read', 'trademarks:read'] })).status).toBe(200);
    expect((await caller.update(id, { scopes: ['trademarks:read'] })).status).toBe(200);
    expectError(await caller.update(id, { scopes: ['trademarks:read', 'billing:read'] }), 403, 'scope_not_held');
  });

  test('are taken away at once, from the key itself too', async () => {
    const key = await organization.createKey({ scopes: SCOPES });
    const caller = callerOf(api, key);
    expect((await caller.update(key.id, { scopes: ['trademarks:read'] })).status).toBe(200);
    expectError(await caller.list(), 403, 'insufficient_scope');
    expectError(await caller.update(key.id, { scopes: SCOPES }), 403, 'insufficient_scope');
    expect((await caller.getOrganization()).body.api_key.scopes).toEqual(['trademarks:read']);
  });
});

describe('a longer life', () => {
  test.each([
    { whose: 'exceed', scopes: ['trademarks:read', 'billing:read'] as const, status: 403 },
    { whose: 'are among', scopes: ['trademarks:read'] as const, status: 200 },
  ])("for a key whose scopes $whose the caller's is answered $status", async ({ scopes, status }) => {
    const caller = callerOf(api, await organization.createKey({ scopes: ['api-keys:manage', 'trademarks:read'] }));
    const { id } = await organization.createKey({ scopes, expires_at: api.clock.timestampIn(100) });
    for (const expires_at of [api.clock.timestampIn(101), null]) {
      const response = await caller.update(id, { expires_at });
      if (status === 403) expectError(response, 403, 'scope_not_held');
      else expect(response).toMatchObject({ status, body: { expires_at } });
    }
    const shorter = api.clock.timestampIn(50);
    expect(await caller.update(id, { expires_at: shorter })).toMatchObject({ status: 200 });
  });
});

describe('a caller that expires', () => {
  let expiring: TestKey;
  let caller: TestCaller;
  beforeAll(async () => {
    expiring = await organization.createKey({ scopes: SCOPES, expires_at: api.clock.timestampIn(1000) });
    caller = callerOf(api, expiring);
  });

  test.each([
    { what: 'later', from: 500, to: 1001, status: 403 },
    { what: 'never', from: 500, to: null, status: 403 },
    { what: 'when the caller does', from: 500, to: 1000, status: 200 },
    { what: 'earlier', from: 500, to: 999, status: 200 },
    { what: 'later, though sooner than before', from: 3000, to: 2000, status: 403 },
    { what: 'in time, where it did not before', from: null, to: 1000, status: 200 },
  ])('that lets a key end $what is answered $status', async ({ from, to, status }) => {
    const timeIn = (seconds: number | null) => (seconds === null ? null : api.clock.timestampIn(seconds));
    const { id } = await organization.createKey(from === null ? {} : { expires_at: api.clock.timestampIn(from) });
    const response = await caller.update(id, { expires_at: timeIn(to) });
    if (status === 403) expectError(response, 403, 'lifetime_exceeded');
    expect(response.status).toBe(status);
    expect((await manager.get(id)).body.expires_at).toBe(timeIn(status === 200 ? to : from));
  });

  test('cannot give itself a longer life, and can give itself a shorter one', async () => {
    const own = await organization.createKey({ scopes: SCOPES, expires_at: api.clock.timestampIn(1000) });
    for (const expires_at of [null, api.clock.timestampIn(1001)]) {
      expectError(await callerOf(api, own).update(own.id, { expires_at }), 403, 'lifetime_exceeded');
    }
    const sooner = { expires_at: api.clock.timestampIn(10) };
    expect((await callerOf(api, own).update(own.id, sooner)).status).toBe(200);
  });

  test('cannot add scopes to a key that outlives it, and can take some away', async () => {
    const { id } = await organization.createKey();
    const refused = await caller.update(id, { scopes: ['trademarks:read', 'billing:read'] });
    expectError(refused, 403, 'lifetime_exceeded');
    await manager.update(id, { scopes: ['trademarks:read', 'billing:read'] });
    expect((await caller.update(id, { scopes: ['billing:read'] })).status).toBe(200);
    const bounded = { scopes: ['trademarks:read', 'billing:read'], expires_at: api.clock.timestampIn(1000) };
    expect((await caller.update(id, bounded)).status).toBe(200);
  });

  test('can rename a key that outlives it, note something on it and end its grace', async () => {
    const { id } = await organization.createKey();
    await manager.rotate(id, { grace_period_seconds: 3600 });
    const body = { name: 'By an expiring caller', metadata: { a: 'b' }, previous_secret_expires_at: null };
    expect((await caller.update(id, body)).body).toMatchObject(body);
  });
});

describe('the end of a grace', () => {
  test('asked for, kills the secret before at once, and the key keeps its new one', async () => {
    const { id, key } = await organization.createKey();
    const { body: rotated } = await manager.rotate(id, { grace_period_seconds: 3600 });
    expect((await callerOf(api, { key }).getOrganization()).status).toBe(200);

    const response = await manager.update(id, { previous_secret_expires_at: null });
    expect(response).toMatchObject({ status: 200, body: { previous_secret_expires_at: null } });
    expectError(await callerOf(api, { key }).getOrganization(), 401, 'invalid_credentials');
    expect((await callerOf(api, rotated).getOrganization()).status).toBe(200);
    expect((await manager.rotate(id)).status, 'a rotation may begin again').toBe(200);
  });
});

describe('the last active key that holds api-keys:manage', () => {
  test.each([
    { other: 'no other', options: null },
    { other: 'one that has expired', options: { expires_at: 60 } },
    { other: 'one that is revoked', options: { revoked: true } },
    { other: 'one without the scope', options: { scopes: ['billing:read'] as const } },
  ])('cannot lose it when there is $other', async ({ options }) => {
    const alone = await api.createOrganization();
    const last = callerOf(api, alone.manager);
    if (options !== null) {
      const { id } = await alone.createKey({
        scopes: options.scopes ?? SCOPES,
        ...(options.expires_at && { expires_at: api.clock.timestampIn(options.expires_at) }),
      });
      if (options.revoked) await last.revoke(id);
      if (options.expires_at) api.clock.advance(options.expires_at);
    }
    expectError(await last.update(alone.manager.id, { scopes: ['trademarks:read'] }), 409, 'last_manager');
    expect((await last.list()).status, 'it still manages').toBe(200);
    expect((await last.update(alone.manager.id, { scopes: ['api-keys:manage'] })).status).toBe(200);
  });

  test('is not the last while another is active', async () => {
    const pair = await api.createOrganization();
    await pair.createKey({ scopes: ['api-keys:manage'], expires_at: api.clock.timestampIn(60) });
    const response = await callerOf(api, pair.manager).update(pair.manager.id, { scopes: ['trademarks:read'] });
    expect(response.status).toBe(200);
  });

  test('stays when all managers give it up at once', async () => {
    const group = await api.createOrganization();
    const managers = [group.manager];
    while (managers.length < 5) managers.push(await group.createKey({ scopes: SCOPES }));
    const responses = await Promise.all(
      managers.map((key) => callerOf(api, key).update(key.id, { scopes: ['trademarks:read'] })),
    );
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(1);
    expectError(refused[0]!, 409, 'last_manager');
  });
});
