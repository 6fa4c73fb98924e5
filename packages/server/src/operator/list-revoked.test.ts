import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createOrganization } from '../storage/conformance/given.ts';
import { NOW, someEvent } from '../storage/conformance/samples.ts';
import { openSqliteStore } from '../storage/sqlite/sqlite-store.ts';
import { temporaryFile } from '../storage/sqlite/testing/temporary-folder.ts';
import { callerOf } from '../testing/caller-of.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';
import { listRevoked } from './list-revoked.ts';
import { verifyAudit } from './verify-audit.ts';

let api: TestApi;
let organizations: TestOrganization[];

beforeAll(async () => {
  api = await startApi();
  organizations = [await api.createOrganization(), await api.createOrganization()];
});
afterAll(() => api.close());

/** Creates a key and revokes it at once. */
async function revoke(organization: TestOrganization, name: string) {
  const { id, key } = await organization.createKey({ name });
  expect((await callerOf(api, organization.manager).revoke(id)).status).toBe(200);
  return {
    object: 'api_key',
    id,
    organizationId: organization.id,
    revokedAt: api.clock.timestampIn(0),
    name,
    prefix: key.slice(0, 8),
  };
}

test('every key of every organization that was revoked since a second is listed, oldest first, and no other', async () => {
  const [acme, other] = organizations as [TestOrganization, TestOrganization];
  await revoke(acme, 'Long ago');
  api.clock.advance(1);
  const since = api.clock();
  const revoked = [await revoke(other, 'In this second')];
  api.clock.advance(1);
  revoked.push(await revoke(acme, 'Acme’s'));
  api.clock.advance(1);
  revoked.push(await revoke(other, 'Other’s'));
  // Neither of these is a revocation.
  const { id } = await acme.createKey({ name: 'Renamed', expires_at: api.clock.timestampIn(5) });
  await callerOf(api, acme.manager).update(id, { name: 'Renamed twice' });
  api.clock.advance(10);

  expect(await listRevoked(api.store, since)).toEqual(revoked);
  expect(await listRevoked(api.store, api.clock())).toEqual([]);
});

test('a name that was given away since is told as the revoked key has it', async () => {
  const [acme] = organizations as [TestOrganization];
  const since = api.clock();
  const old = await revoke(acme, 'Reports');
  await acme.createKey({ name: 'Reports' });
  expect(await listRevoked(api.store, since)).toEqual([old]);
});

test('more than are read at a time are listed all', async () => {
  const [acme] = organizations as [TestOrganization];
  api.clock.advance(1);
  const since = api.clock();
  await api.store.change(acme.id, async (transaction) => {
    for (let n = 0; n < 1001; n += 1)
      await transaction.appendAudit(someEvent({ action: 'api_key.revoked', occurredAt: since }));
  });
  const revoked = await listRevoked(api.store, since);
  expect(revoked).toHaveLength(1001);
  // There are events, but no such key.
  expect(revoked[0]).toMatchObject({ organizationId: acme.id, name: null, prefix: null });
});

test('a revocation is listed although what leads to the events of a day was emptied', async () => {
  const file = temporaryFile();
  const store = await openSqliteStore({ file });
  onTestFinished(() => store.close());
  const organization = await createOrganization(store, 'Acme');
  await store.change(organization.id, (transaction) =>
    transaction.appendAudit(someEvent({ action: 'api_key.revoked', occurredAt: NOW })),
  );
  const database = new Database(file);
  expect(database.prepare('DELETE FROM audit_days').run().changes).toBeGreaterThan(0);
  database.close();

  expect(await listRevoked(store, NOW)).toMatchObject([{ organizationId: organization.id }]);
  const { problems } = await verifyAudit(store, []);
  expect(problems).toContainEqual({
    chain: organization.id,
    positions: { first: 1, last: 1 },
    fault: 'not_listed',
  });
});
