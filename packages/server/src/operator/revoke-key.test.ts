import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyNotFoundError, revokeKeyAsOperator } from '../index.ts';
import { callerOf } from '../testing/caller-of.ts';
import { expectError } from '../testing/expect-error.ts';
import { readAudit } from '../testing/read-audit.ts';
import { type TestApi, startApi } from '../testing/start-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const revoke = (id: string) => revokeKeyAsOperator({ store: api.store, clock: api.clock, random: randomBytes }, id);

test('an operator revokes a key with one row in the chain of its organization, however often', async () => {
  const organization = await api.createOrganization();
  const { id, key } = await organization.createKey();
  const before = (await readAudit(api.store, organization.id)).length;
  const operatorsBefore = await readAudit(api.store, 'operator');
  const revokedAt = api.clock();
  expect(await revoke(id)).toMatchObject({ apiKey: { id }, organization: { id: organization.id }, hasManager: true });
  expectError(await callerOf(api, { key }).getOrganization(), 401, 'invalid_credentials');

  api.clock.advance(60);
  expect(await revoke(id)).toMatchObject({ revokedAt });
  expect((await readAudit(api.store, organization.id)).slice(before)).toEqual([
    expect.objectContaining({
      action: 'api_key.revoked',
      actor: { type: 'operator', id: null },
      target: { type: 'api_key', id },
      before: { status: 'active' },
      after: { status: 'revoked', revoked_at: api.clock.timestampIn(-60) },
      request_id: null,
      client_address: null,
    }),
  ]);
  expect(await readAudit(api.store, 'operator')).toEqual(operatorsBefore);
});

test('an operator revokes even the last key that manages keys, and is told that there is none left', async () => {
  const { manager, createKey } = await api.createOrganization();
  await createKey();
  expect(await revoke(manager.id)).toMatchObject({ hasManager: false });
  expectError(await callerOf(api, manager).getOrganization(), 401, 'invalid_credentials');
});

test('nobody is given the secret of a key again that an operator revoked', async () => {
  const { manager } = await api.createOrganization();
  const create = () =>
    callerOf(api, manager).create({ name: 'Import', scopes: ['trademarks:read'] }, { 'Idempotency-Key': 'import-1' });
  const { id } = (await create()).body;
  await revoke(id);
  expectError(await create(), 409, 'idempotency_replay_gone');
});

test('a key that does not exist is not revoked', async () => {
  await expect(revoke('key_doesNotExist1234')).rejects.toThrow(ApiKeyNotFoundError);
});
