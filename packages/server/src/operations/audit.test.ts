import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { type AuditRow, readAudit } from '../testing/read-audit.ts';
import {
  type TestApi,
  type TestKey,
  type TestOrganization,
  type TestResponse,
  startApi,
} from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;
let target: TestKey;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
  target = await organization.createKey({ name: 'Target' });
});

/** The rows that a request has added, the chain being whole. */
async function rowsAddedBy(run: () => Promise<TestResponse>): Promise<{ response: TestResponse; rows: AuditRow[] }> {
  const before = await readAudit(api.store, organization.id);
  const response = await run();
  const after = await readAudit(api.store, organization.id);
  expect(after.slice(0, before.length)).toEqual(before);
  return { response, rows: after.slice(before.length) };
}

describe('a change leaves exactly one row', () => {
  test.each([
    {
      change: 'create',
      run: () => manager.create({ name: 'New', scopes: ['billing:read'], expires_at: '2027-01-01T00:00:00Z' }),
      action: 'api_key.created',
      before: {},
      after: (body: TestResponse['body']) => ({
        name: 'New',
        prefix: body.prefix,
        scopes: ['billing:read'],
        expires_at: '2027-01-01T00:00:00Z',
      }),
    },
    {
      change: 'update of every field',
      run: () =>
        manager.update(target.id, {
          name: 'Renamed',
          scopes: ['billing:read'],
          expires_at: '2027-01-01T00:00:00Z',
          metadata: { team: 'a' },
        }),
      action: 'api_key.updated',
      before: { name: 'Target', scopes: ['trademarks:read'], expires_at: null, metadata: {} },
      after: () => ({
        name: 'Renamed',
        scopes: ['billing:read'],
        expires_at: '2027-01-01T00:00:00Z',
        metadata: { team: 'a' },
      }),
    },
    {
      change: 'update that names what stays as well',
      run: () => manager.update(target.id, { name: 'Target', scopes: ['trademarks:read', 'billing:read'] }),
      action: 'api_key.updated',
      before: { scopes: ['trademarks:read'] },
      after: () => ({ scopes: ['trademarks:read', 'billing:read'] }),
    },
    {
      change: 'rotation',
      run: () => manager.rotate(target.id, { grace_period_seconds: 60 }),
      action: 'api_key.rotated',
      before: () => ({ prefix: target.key.slice(0, 8), previous_secret_expires_at: null }),
      after: (body: TestResponse['body']) => ({
        prefix: body.prefix,
        previous_secret_expires_at: api.clock.timestampIn(60),
      }),
    },
    {
      change: 'revocation',
      run: () => manager.revoke(target.id),
      action: 'api_key.revoked',
      before: { status: 'active' },
      after: () => ({ status: 'revoked', revoked_at: api.clock.timestampIn(0) }),
    },
  ])('of a $change: who, what, when, before and after', async ({ run, action, before, after }) => {
    const { response, rows } = await rowsAddedBy(run);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      id: expect.stringMatching(/^evt_[A-Za-z0-9]{16}$/),
      action,
      occurred_at: api.clock.timestampIn(0),
      actor: { type: 'api_key', id: organization.manager.id },
      target: { type: 'api_key', id: response.body.id },
      request_id: response.headers.get('x-request-id'),
      client_address: expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/),
    });
    expect(rows[0]!.before).toEqual(typeof before === 'function' ? before() : before);
    expect(rows[0]!.after).toEqual(after(response.body));
  });

  test('of the end of a grace', async () => {
    await manager.rotate(target.id, { grace_period_seconds: 60 });
    const { rows } = await rowsAddedBy(() => manager.update(target.id, { previous_secret_expires_at: null }));
    expect(rows).toMatchObject([{ action: 'api_key.updated', after: { previous_secret_expires_at: null } }]);
    expect(rows[0]!.before).toEqual({ previous_secret_expires_at: api.clock.timestampIn(60) });
  });

  test('of the revocation of an expired key, which says that it had expired', async () => {
    const { id } = await organization.createKey({ expires_at: api.clock.timestampIn(10) });
    api.clock.advance(10);
    const { rows } = await rowsAddedBy(() => manager.revoke(id));
    expect(rows).toMatchObject([{ action: 'api_key.revoked', before: { status: 'expired' } }]);
  });

  test('with metadata whose names could be taken for something else', async () => {
    const body = '{"metadata":{"__proto__":"a","constructor":"b","1":"c","größe":"\\u2028"}}';
    const { rows } = await rowsAddedBy(() => manager.update(target.id, body));
    expect(JSON.stringify(rows[0]!.after)).toContain('"__proto__":"a"');
  });
});

describe('no row is left', () => {
  test.each([
    { by: 'a look at the organization', run: () => manager.getOrganization(), status: 200 },
    { by: 'a list', run: () => manager.list(), status: 200 },
    { by: 'a look at a key', run: () => manager.get(target.id), status: 200 },
    { by: 'an update that changes nothing', run: () => manager.update(target.id, { name: 'Target' }), status: 200 },
    { by: 'an invalid create', run: () => manager.create({ name: '' }), status: 400 },
    { by: 'a stranger', run: () => callerOf(api, { key: 'x' }).revoke(target.id), status: 401 },
    { by: 'a caller without the scope', run: () => callerOf(api, target).revoke(target.id), status: 403 },
    { by: 'a key that does not exist', run: () => manager.revoke('key_0000000000000000'), status: 404 },
    {
      by: 'a name that is taken',
      run: () => manager.create({ name: 'Target', scopes: ['trademarks:read'] }),
      status: 409,
    },
    {
      by: 'a revocation of the last manager',
      run: () => manager.revoke(organization.manager.id),
      status: 409,
    },
  ])('by $by, answered $status', async ({ run, status }) => {
    const { response, rows } = await rowsAddedBy(run);
    expect(response.status).toBe(status);
    expect(rows).toEqual([]);
  });

  test.each([
    {
      what: 'grant',
      code: 'scope_not_held',
      change: (caller: TestCaller) => caller.update(target.id, { scopes: ['billing:read'] }),
    },
    {
      what: 'longer life',
      code: 'lifetime_exceeded',
      change: (caller: TestCaller) => caller.update(target.id, { expires_at: api.clock.timestampIn(3600) }),
    },
  ])('by a refused $what', async ({ code, change }) => {
    const caller = await organization.createKey({
      scopes: ['api-keys:manage', 'trademarks:read'],
      expires_at: api.clock.timestampIn(60),
    });
    const { response, rows } = await rowsAddedBy(() => change(callerOf(api, caller)));
    expect(response).toMatchObject({ status: 403, body: { error: { code } } });
    expect(rows).toEqual([]);
  });

  test('by revoking a second time', async () => {
    await manager.revoke(target.id);
    const { response, rows } = await rowsAddedBy(() => manager.revoke(target.id));
    expect(response.status).toBe(200);
    expect(rows).toEqual([]);
  });
});

test('changes that run at once leave one unbroken chain, with one row for each that succeeded', async () => {
  const responses = await Promise.all(
    Array.from({ length: 60 }, (_, n) => {
      if (n % 3 === 0) return manager.create({ name: `Name ${n % 9}`, scopes: ['trademarks:read'] });
      if (n % 3 === 1) return manager.update(target.id, { metadata: { n: String(n) } });
      return manager.rotate(target.id);
    }),
  );
  const succeeded = responses.filter(({ status }) => status < 300).map(({ body }) => body.request_id);
  const recorded = (await readAudit(api.store, organization.id)).map((row) => row.request_id);
  expect(recorded).toHaveLength(2 + succeeded.length); // the first key's, the target's, and these
  expect(recorded.slice(2).toSorted()).toEqual(succeeded.toSorted());
});

test("one organization's changes are no part of another's chain", async () => {
  const other = await api.createOrganization();
  await other.createKey();
  const [ours, theirs] = [await readAudit(api.store, organization.id), await readAudit(api.store, other.id)];
  expect(ours.map(({ id }) => id)).not.toEqual(expect.arrayContaining(theirs.map(({ id }) => id)));
  expect([ours.length, theirs.length]).toEqual([2, 2]);
});

test('no row holds a secret or the digest of one', async () => {
  const own = await organization.createKey({ scopes: SCOPES });
  const rotations = [
    await manager.rotate(target.id, { grace_period_seconds: 60 }),
    await callerOf(api, own).rotate(own.id),
  ];
  await manager.update(target.id, { name: 'Renamed', metadata: { a: 'b' }, previous_secret_expires_at: null });
  await manager.revoke(target.id);

  const text = JSON.stringify(await readAudit(api.store, organization.id)).toLowerCase();
  const secrets = [organization.manager, target, own, ...rotations.map(({ body }) => body)].map(({ key }) => key);
  for (const secret of secrets) {
    expect(text).toContain(secret.slice(0, 8));
    expect(text).not.toContain(secret.slice(0, 9));
    expect(text).not.toContain(secret.slice(-16));
    expect(text).not.toContain(createHash('sha256').update(secret).digest('hex'));
  }
});
