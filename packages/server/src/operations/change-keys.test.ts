import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectError } from '../testing/expect-error.ts';
import { readAudit } from '../testing/read-audit.ts';
import { type TestApi, type TestKey, type TestOrganization, startApi } from '../testing/start-api.ts';
import { storeWith } from '../testing/store-with.ts';

let api: TestApi;
/** A second server on the same data, where something happens after a caller has been let in and before its write begins. */
let slow: TestApi;
let meanwhile: () => Promise<unknown>;

let organization: TestOrganization;
let manager: TestCaller;
let target: TestKey;

beforeAll(async () => {
  api = await startApi();
  const store = storeWith(api.store, {
    async change(organizationId, work) {
      await meanwhile();
      return api.store.change(organizationId, work);
    },
  });
  slow = await startApi({ store, clock: api.clock });
});
afterAll(async () => {
  await slow.close();
  await api.close();
});
beforeEach(async () => {
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
  target = await organization.createKey({ name: 'Target' });
});

const writes = [
  { write: 'create', run: (caller: TestCaller) => caller.create({ name: 'Late', scopes: ['trademarks:read'] }) },
  { write: 'update', run: (caller: TestCaller) => caller.update(target.id, { name: 'Late' }) },
  { write: 'rotate', run: (caller: TestCaller) => caller.rotate(target.id) },
  { write: 'revoke', run: (caller: TestCaller) => caller.revoke(target.id) },
];

const changes = [
  { state: 'was revoked', code: 'invalid_credentials', make: ({ id }: TestKey) => manager.revoke(id) },
  { state: 'got another secret', code: 'invalid_credentials', make: ({ id }: TestKey) => manager.rotate(id) },
  { state: 'expired', code: 'invalid_credentials', make: async () => api.clock.advance(60) },
  {
    state: 'lost api-keys:manage',
    code: 'insufficient_scope',
    make: ({ id }: TestKey) => manager.update(id, { scopes: ['trademarks:read'] }),
  },
] as const;

describe.each(changes)('a caller that $state a moment ago', ({ code, make }) => {
  test.each(writes)('does not finish a $write', async ({ run }) => {
    const caller = await organization.createKey({ scopes: SCOPES, expires_at: api.clock.timestampIn(60) });
    meanwhile = () => make(caller);
    const response = await run(callerOf(slow, caller));

    expectError(response, code === 'insufficient_scope' ? 403 : 401, code);
    expect((await callerOf(api, target).getOrganization()).body.api_key).toMatchObject({ name: 'Target' });
    expect((await manager.list({ name: 'Late' })).body.data).toEqual([]);
    const rows = await readAudit(api.store, organization.id);
    expect(rows.filter((row) => row.request_id === response.body.request_id)).toEqual([]);
  });
});

test('a caller that lost another scope a moment ago cannot give it any more', async () => {
  const caller = await organization.createKey({ scopes: SCOPES });
  meanwhile = () => manager.update(caller.id, { scopes: ['api-keys:manage', 'trademarks:read'] });
  const response = await callerOf(slow, caller).create({ name: 'Late', scopes: ['billing:read'] });
  expectError(response, 403, 'scope_not_held');
});

test.each(writes)('where nothing happens meanwhile, a $write is finished', async ({ run }) => {
  const caller = await organization.createKey({ scopes: SCOPES });
  meanwhile = async () => {};
  expect((await run(callerOf(slow, caller))).status).toBeLessThan(300);
});

test('a write that waits while its caller is being revoked is refused once it gets the lock', async () => {
  const caller = await organization.createKey({ scopes: SCOPES });
  let letIn!: () => void;
  const waiting = new Promise<void>((resolve) => (letIn = resolve));
  meanwhile = async () => letIn();

  // The lock is held until the write stands behind it.
  let response;
  await api.store.change(organization.id, async (transaction) => {
    response = callerOf(slow, caller).create({ name: 'Late', scopes: ['trademarks:read'] });
    await waiting;
    const key = (await transaction.getApiKey(caller.id))!;
    await transaction.saveApiKey({ ...key, revokedAt: api.clock() });
  });
  expectError(await response!, 401, 'invalid_credentials');
  expect((await manager.list({ name: 'Late' })).body.data).toEqual([]);
});
