import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectError } from '../testing/expect-error.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
});
afterAll(() => api.close());

async function expectDead(...secrets: string[]): Promise<void> {
  for (const key of secrets) expectError(await callerOf(api, { key }).getOrganization(), 401, 'invalid_credentials');
}

describe('a revocation', () => {
  test('is answered with its four fields, in order', async () => {
    const { id } = await organization.createKey();
    const response = await manager.revoke(id);
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ id, object: 'api_key', deleted: true, request_id: expect.stringMatching(/^req_/) });
    expect(Object.keys(JSON.parse(response.text))).toEqual(['id', 'object', 'deleted', 'request_id']);
  });

  test('holds from the next request on, for each of 50 keys that were in use', async () => {
    const keys = await Promise.all(Array.from({ length: 50 }, () => organization.createKey()));
    await Promise.all(
      keys.map(async ({ id, key }) => {
        expect((await callerOf(api, { key }).getOrganization()).status).toBe(200);
        expect((await manager.revoke(id)).status).toBe(200);
        await expectDead(key);
      }),
    );
  });

  test('kills both secrets within a grace', async () => {
    const { id, key } = await organization.createKey();
    const rotated = await manager.rotate(id, { grace_period_seconds: 3600 });
    await manager.revoke(id);
    await expectDead(key, rotated.body.key);
    expect((await manager.get(id)).body.previous_secret_expires_at).toBeNull();
  });

  test('may be repeated: the answer differs in its request_id only, and the first time stays on record', async () => {
    const { id } = await organization.createKey();
    const first = await manager.revoke(id);
    const revokedAt = api.clock.timestampIn(0);
    const { version } = (await api.store.getApiKey(organization.id, id))!;
    api.clock.advance(60);
    const second = await manager.revoke(id);

    expect(second.status).toBe(first.status);
    expect(second.text.replace(second.body.request_id, '')).toBe(first.text.replace(first.body.request_id, ''));
    expect(second.body.request_id).not.toBe(first.body.request_id);
    expect((await manager.get(id)).body).toMatchObject({ status: 'revoked', revoked_at: revokedAt });
    expect((await api.store.getApiKey(organization.id, id))!.version).toBe(version);
  });

  test('cannot be undone', async () => {
    const { id, key } = await organization.createKey({ name: 'Gone' });
    await manager.revoke(id);
    for (const body of [{ name: 'Back' }, { expires_at: null }, { previous_secret_expires_at: null }]) {
      expectError(await manager.update(id, body), 409, 'key_not_active');
    }
    expectError(await manager.rotate(id), 409, 'key_not_active');
    expect((await organization.createKey({ name: 'Gone' })).id, 'a key of the same name is another key').not.toBe(id);
    await expectDead(key);
  });

  test('keeps the record, and all of it', async () => {
    const { id } = await organization.createKey({ scopes: ['trademarks:read', 'billing:read'] });
    await manager.update(id, { metadata: { team: 'a' } });
    const { request_id: _, ...before } = (await manager.get(id)).body;
    await manager.revoke(id);
    const { request_id: __, ...after } = (await manager.get(id)).body;
    expect(after).toEqual({ ...before, status: 'revoked', revoked_at: api.clock.timestampIn(0) });
  });

  test('of an expired key frees its name', async () => {
    const { id } = await organization.createKey({ name: 'Seasonal', expires_at: api.clock.timestampIn(60) });
    api.clock.advance(60);
    expectError(await manager.create({ name: 'Seasonal', scopes: ['trademarks:read'] }), 409, 'name_taken');
    expect((await manager.revoke(id)).status).toBe(200);
    expect((await manager.get(id)).body.status).toBe('revoked');
    expect((await manager.create({ name: 'Seasonal', scopes: ['trademarks:read'] })).status).toBe(201);
  });

  test('needs neither the scopes nor the lifetime of the key: whoever manages may take away', async () => {
    const caller = await organization.createKey({
      scopes: ['api-keys:manage'],
      expires_at: api.clock.timestampIn(60),
    });
    const { id } = await organization.createKey({ scopes: SCOPES });
    expect((await callerOf(api, caller).revoke(id)).status).toBe(200);
  });

  test('of itself is the last thing that a key does', async () => {
    const own = await organization.createKey({ scopes: SCOPES });
    expect((await callerOf(api, own).revoke(own.id)).status).toBe(200);
    expectError(await callerOf(api, own).revoke(own.id), 401, 'invalid_credentials');
  });

  test('does not take with it what the key has made', async () => {
    const maker = await organization.createKey({ scopes: SCOPES });
    const made = await organization.createKey({ as: maker });
    await manager.revoke(maker.id);
    expect((await callerOf(api, made).getOrganization()).status).toBe(200);
  });
});

describe('the last active manager', () => {
  test.each([
    { other: 'no other', options: null },
    { other: 'one that has expired', options: { expires_at: 60 } },
    { other: 'one that is revoked', options: { revoked: true } },
    { other: 'one that lost the scope', options: { narrowed: true } },
  ])('cannot be revoked when there is $other', async ({ options }) => {
    const alone = await api.createOrganization();
    const last = callerOf(api, alone.manager);
    if (options !== null) {
      const expiry = options.expires_at && { expires_at: api.clock.timestampIn(options.expires_at) };
      const { id } = await alone.createKey({ scopes: SCOPES, ...expiry });
      if (options.revoked) await last.revoke(id);
      if (options.narrowed) await last.update(id, { scopes: ['billing:read'] });
      if (options.expires_at) api.clock.advance(options.expires_at);
    }
    expectError(await last.revoke(alone.manager.id), 409, 'last_manager');
    expect((await last.list()).status, 'it still manages').toBe(200);

    await alone.createKey({ scopes: ['api-keys:manage'] });
    expect((await last.revoke(alone.manager.id)).status).toBe(200);
  });

  test('is left when two managers revoke each other at once: one wins, the other is told 401', async () => {
    for (let round = 0; round < 20; round += 1) {
      const pair = await api.createOrganization();
      const [one, two] = [pair.manager, await pair.createKey({ scopes: SCOPES })];
      const responses = await Promise.all([callerOf(api, one).revoke(two.id), callerOf(api, two).revoke(one.id)]);
      const [winner, loser] = responses[0]!.status === 200 ? [one, responses[1]!] : [two, responses[0]!];
      expectError(loser, 401, 'invalid_credentials');
      expect((await callerOf(api, winner).list()).status).toBe(200);
    }
  });

  test('is left when five managers revoke themselves at once', async () => {
    const group = await api.createOrganization();
    const managers = [group.manager];
    while (managers.length < 5) managers.push(await group.createKey({ scopes: SCOPES }));
    const responses = await Promise.all(managers.map((key) => callerOf(api, key).revoke(key.id)));
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(1);
    expectError(refused[0]!, 409, 'last_manager');
  });
});
