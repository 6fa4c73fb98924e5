import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectError, expectInvalid } from '../testing/expect-error.ts';
import { readAudit } from '../testing/read-audit.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';
import { storeWith } from '../testing/store-with.ts';

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
});
afterAll(() => api.close());

/** For each secret, whether it opens the API. */
async function works(...secrets: string[]): Promise<boolean[]> {
  const responses = await Promise.all(secrets.map((key) => callerOf(api, { key }).getOrganization()));
  return responses.map(({ status }) => {
    expect([200, 401]).toContain(status);
    return status === 200;
  });
}

describe('a rotation', () => {
  test("is answered with create's nine fields and the end of the grace, in order", async () => {
    const { id, key } = await organization.createKey({ name: 'Kept', expires_at: '2027-01-01T00:00:00Z' });
    const createdAt = api.clock.timestampIn(0);
    api.clock.advance(5);
    const response = await manager.rotate(id);
    expect(response.body).toEqual({
      id,
      object: 'api_key',
      name: 'Kept',
      key: expect.stringMatching(/^sig_[0-9a-f]{52}$/),
      prefix: response.body.key.slice(0, 8),
      scopes: ['trademarks:read'],
      created_at: createdAt,
      expires_at: '2027-01-01T00:00:00Z',
      previous_secret_expires_at: null,
      request_id: expect.stringMatching(/^req_[A-Za-z0-9]{16}$/),
    });
    const fields = 'id object name key prefix scopes created_at expires_at previous_secret_expires_at request_id';
    expect(Object.keys(JSON.parse(response.text)).join(' ')).toBe(fields);
    expect(response.body.key).not.toBe(key);
    expect(response.headers.get('location')).toBeNull();
  });

  test('changes nothing of the key but its secret, its prefix and when it was rotated', async () => {
    const { id } = await organization.createKey({ scopes: SCOPES });
    await manager.update(id, { metadata: { team: 'a' } });
    const { request_id: _, ...before } = (await manager.get(id)).body;
    api.clock.advance(5);
    const { body: rotated } = await manager.rotate(id);
    expect((await manager.get(id)).body).toMatchObject({
      ...before,
      prefix: rotated.prefix,
      rotated_at: api.clock.timestampIn(0),
    });
  });

  test.each([
    { what: 'nothing', request: {} },
    { what: 'nothing, announced as JSON', request: { headers: { 'Content-Type': 'application/json' } } },
    { what: 'an empty object', request: { body: {} } },
    { what: 'an explicit false', request: { body: { force: false } } },
  ])('may be sent with a body of $what', async ({ request }) => {
    const { id } = await organization.createKey();
    const path = `/v1/organization/api-keys/${id}/rotate`;
    const response = await api.send({ method: 'POST', path, key: organization.manager.key, ...request });
    expect(response).toMatchObject({ status: 200, body: { id, previous_secret_expires_at: null } });
  });

  test.each([
    { body: { grace_period_seconds: -1 }, paths: ['/grace_period_seconds'] },
    { body: { grace_period_seconds: 2_592_001 }, paths: ['/grace_period_seconds'] },
    { body: { grace_period_seconds: 0.5 }, paths: ['/grace_period_seconds'] },
    { body: { grace_period_seconds: '60' }, paths: ['/grace_period_seconds'] },
    { body: { grace_period_seconds: null }, paths: ['/grace_period_seconds'] },
    { body: '{"grace_period_seconds":1e999}', paths: ['/grace_period_seconds'] },
    { body: { force: 'true' }, paths: ['/force'] },
    { body: { force: 1 }, paths: ['/force'] },
    { body: { name: 'Another' }, paths: ['/name'] },
  ])('of $body is refused, and leaves the secret as it is', async ({ body, paths }) => {
    const { id, key } = await organization.createKey();
    expectInvalid(await manager.rotate(id, body), ...paths);
    expect(await works(key)).toEqual([true]);
  });
});

describe('without a grace', () => {
  test.each([{ body: undefined }, { body: { grace_period_seconds: 0 } }])(
    'the old secret is dead when the answer comes, and the new one works ($body)',
    async ({ body }) => {
      const { id, key } = await organization.createKey();
      const rotated = await manager.rotate(id, body);
      expect(await works(key, rotated.body.key)).toEqual([false, true]);
    },
  );

  test('a key that asks for 0 on itself loses its old secret at once', async () => {
    const own = await organization.createKey({ scopes: SCOPES });
    const rotated = await callerOf(api, own).rotate(own.id, { grace_period_seconds: 0 });
    expect(rotated.body.previous_secret_expires_at).toBeNull();
    expect(await works(own.key, rotated.body.key)).toEqual([false, true]);
  });
});

describe('with a grace', () => {
  test.each([1, 60, 2_592_000])('of %d seconds both secrets work, then only the new one', async (seconds) => {
    const { id, key } = await organization.createKey();
    const rotated = await manager.rotate(id, { grace_period_seconds: seconds });
    expect(rotated.body.previous_secret_expires_at).toBe(api.clock.timestampIn(seconds));
    expect(await works(key, rotated.body.key)).toEqual([true, true]);
    api.clock.advance(seconds - 1);
    expect(await works(key, rotated.body.key)).toEqual([true, true]);
    api.clock.advance(1);
    expect(await works(key, rotated.body.key)).toEqual([false, true]);
  });

  test('of 300 seconds unless it says otherwise, a key rotates itself', async () => {
    const own = await organization.createKey({ scopes: SCOPES });
    const rotated = await callerOf(api, own).rotate(own.id);
    expect(rotated.body.previous_secret_expires_at).toBe(api.clock.timestampIn(300));
    api.clock.advance(299);
    expect(await works(own.key, rotated.body.key)).toEqual([true, true]);
    api.clock.advance(1);
    expect(await works(own.key, rotated.body.key)).toEqual([false, true]);
  });

  test('either secret is the same key, with the same scopes', async () => {
    const own = await organization.createKey({ scopes: ['api-keys:manage', 'trademarks:read'] });
    const { body: rotated } = await callerOf(api, own).rotate(own.id);
    const [old, fresh] = [await callerOf(api, own).getOrganization(), await callerOf(api, rotated).getOrganization()];
    expect(old.body.api_key).toEqual(fresh.body.api_key);
    expect((await callerOf(api, own).list()).status).toBe(200);
  });

  test('another rotation is refused until it is over, and says until when', async () => {
    const { id, key } = await organization.createKey();
    const first = await manager.rotate(id, { grace_period_seconds: 60 });
    const refused = await manager.rotate(id);
    expectError(refused, 409, 'rotation_in_grace');
    expect(refused.body.error.detail).toContain(first.body.previous_secret_expires_at);
    expect(await works(key, first.body.key), 'a refused rotation changes nothing').toEqual([true, true]);

    api.clock.advance(60);
    const second = await manager.rotate(id);
    expect(await works(key, first.body.key, second.body.key)).toEqual([false, false, true]);
  });

  test.each([
    { grace: undefined, alive: [false, false, true] },
    { grace: 60, alive: [false, true, true] },
  ])('force kills the oldest secret at once; with a grace of $grace $alive are left', async ({ grace, alive }) => {
    const { id, key } = await organization.createKey();
    const first = await manager.rotate(id, { grace_period_seconds: 3600 });
    const second = await manager.rotate(id, { force: true, ...(grace && { grace_period_seconds: grace }) });
    expect(second.status).toBe(200);
    expect(await works(key, first.body.key, second.body.key)).toEqual(alive);
    api.clock.advance(60);
    expect(await works(key, first.body.key, second.body.key)).toEqual([false, false, true]);
  });

  test('no secret outlives the key', async () => {
    const { id, key } = await organization.createKey({ expires_at: api.clock.timestampIn(10) });
    const rotated = await manager.rotate(id, { grace_period_seconds: 3600 });
    api.clock.advance(10);
    expect(await works(key, rotated.body.key)).toEqual([false, false]);
  });
});

describe('a caller', () => {
  test('without a scope of the key cannot rotate it, because it would learn a secret that opens more', async () => {
    const caller = callerOf(api, await organization.createKey({ scopes: ['api-keys:manage', 'trademarks:read'] }));
    const { id, key } = await organization.createKey({ scopes: ['trademarks:read', 'billing:read'] });
    const refused = await caller.rotate(id);
    expectError(refused, 403, 'scope_not_held');
    expect(refused.body.error.detail).toContain('billing:read');
    expect(await works(key)).toEqual([true]);
  });

  test.each([
    { lasts: 'longer than the caller', seconds: 101, status: 403 },
    { lasts: 'for ever', seconds: null, status: 403 },
    { lasts: 'as long as the caller', seconds: 100, status: 200 },
    { lasts: 'less long', seconds: 99, status: 200 },
  ])('that expires is answered $status for a key that lasts $lasts', async ({ seconds, status }) => {
    const caller = await organization.createKey({ scopes: SCOPES, expires_at: api.clock.timestampIn(100) });
    const lasting = seconds === null ? {} : { expires_at: api.clock.timestampIn(seconds) };
    const { id, key } = await organization.createKey(lasting);
    const response = await callerOf(api, caller).rotate(id);
    expect(response.status).toBe(status);
    if (status === 403) expectError(response, 403, 'lifetime_exceeded');
    expect(await works(key)).toEqual([status === 403]);
  });

  test('that expires can rotate itself', async () => {
    const own = await organization.createKey({ scopes: SCOPES, expires_at: api.clock.timestampIn(100) });
    expect((await callerOf(api, own).rotate(own.id)).status).toBe(200);
  });
});

test.each(['expired', 'revoked'])('a key that is %s cannot be rotated, not even by force', async (status) => {
  const { id, key } = await organization.createKey({ expires_at: api.clock.timestampIn(60) });
  if (status === 'revoked') await manager.revoke(id);
  else api.clock.advance(60);
  for (const body of [undefined, { force: true }]) {
    const response = await manager.rotate(id, body);
    expectError(response, 409, 'key_not_active');
    expect(response.body.error.detail).toContain(status);
  }
  expect(await works(key)).toEqual([false]);
});

describe('of rotations that overlap', () => {
  test.each([
    { kind: 'without a grace', body: {}, secretsLeft: 1 },
    { kind: 'with a grace', body: { grace_period_seconds: 60 }, secretsLeft: 2 },
    { kind: 'by force', body: { grace_period_seconds: 60, force: true }, secretsLeft: 2 },
  ])('$kind, losers get 409, and one history with one final secret is left', async ({ body, secretsLeft }) => {
    const keys = await Promise.all(Array.from({ length: 4 }, () => organization.createKey()));
    const rotations = await Promise.all(
      keys.map(({ id }) => Promise.all(Array.from({ length: 20 }, () => manager.rotate(id, body)))),
    );
    const audit = await readAudit(api.store, organization.id);

    for (const [index, { id, key }] of keys.entries()) {
      const winners = rotations[index]!.filter(({ status }) => status === 200);
      const losers = rotations[index]!.filter(({ status }) => status !== 200);
      expect(winners.length).toBeGreaterThanOrEqual(1);
      for (const loser of losers) {
        expect(loser.status).toBe(409);
        expect(['rotation_conflict', 'rotation_in_grace']).toContain(loser.body.error.code);
      }

      const stored = (await api.store.getApiKey(organization.id, id))!;
      expect(stored.version).toBe(1 + winners.length);
      const history = audit.filter(({ action, target }) => action === 'api_key.rotated' && target.id === id);
      expect(history.map((row) => row.request_id).toSorted()).toEqual(
        winners.map((winner) => winner.body.request_id).toSorted(),
      );
      // The rows lead from the first secret to the last.
      const secretOf = new Map(winners.map((winner) => [winner.body.request_id, winner.body.key as string]));
      const inOrder = [key, ...history.map((row) => secretOf.get(row.request_id!)!)];
      expect(history.map(({ before }) => before)).toMatchObject(
        inOrder.slice(0, -1).map((secret) => ({ prefix: secret.slice(0, 8) })),
      );
      expect(await works(...inOrder)).toEqual(inOrder.map((_, n) => n >= inOrder.length - secretsLeft));
      expect((await callerOf(api, { key: inOrder.at(-1)! }).getOrganization()).body.api_key.prefix).toBe(stored.prefix);
    }
  });

  test.each([
    { change: 'a rotation', make: (id: string) => manager.rotate(id) },
    { change: 'an update', make: (id: string) => manager.update(id, { metadata: { changed: 'meanwhile' } }) },
  ])('one that was admitted before $change of the key does not commit', async ({ make }) => {
    const { id } = await organization.createKey();
    const slow = await startApi({
      clock: api.clock,
      store: storeWith(api.store, {
        // The rotation has read the key, and before it gets the lock somebody else changes the key.
        change: async (organizationId, work) => {
          expect((await make(id)).status).toBe(200);
          return api.store.change(organizationId, work);
        },
      }),
    });
    const refused = await callerOf(slow, organization.manager).rotate(id);
    expectError(refused, 409, 'rotation_conflict');
    expect((await api.store.getApiKey(organization.id, id))!.version).toBe(2);
    await slow.close();
  });
});
