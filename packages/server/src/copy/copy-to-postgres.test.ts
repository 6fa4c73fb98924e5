import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../keys/secret.ts';
import { migratePostgres } from '../storage/postgres/migrate.ts';
import { openPostgresStore } from '../storage/postgres/postgres-store.ts';
import { usePostgres } from '../storage/postgres/testing/use-postgres.ts';
import { openSqliteStore } from '../storage/sqlite/sqlite-store.ts';
import { StoreOpenError } from '../storage/store.ts';
import { callerOf } from '../testing/caller-of.ts';
import { type TestApi, type TestKey, startApi } from '../testing/start-api.ts';
import { copyToPostgres } from './copy-to-postgres.ts';

const postgres = usePostgres();
const PATHS = [
  '/v1/organization',
  '/v1/organization/api-keys?status=revoked&include_total=true',
  '/v1/organization/api-keys?limit=100&include_total=true',
  '/v1/organization/audit-events?limit=100',
  '/v1/organization/usage/summary?start_date=2026-03-23&end_date=2026-03-25&group_by=operation',
  '/v1/organization/logs?limit=100',
];

let folder: string;
let file: string;
let manager: TestKey;
let rotated: TestKey;
let revoked: TestKey;
let resourceServer: { id: string; secret: string };
let shown: unknown[];

/** What the API shows, but for ids of requests and what looking at it adds. */
async function show(api: TestApi): Promise<unknown[]> {
  const bodies = [];
  for (const path of PATHS) {
    const { status, body } = await api.send({ path, key: manager.key });
    expect(status).toBe(200);
    delete body.request_id;
    bodies.push(body);
  }
  return bodies;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signa-copy-'));
  file = join(folder, 'signa.db');
  let api = await startApi({ store: await openSqliteStore({ file }) });
  const organization = await api.createOrganization('Acme');
  manager = organization.manager;
  const caller = callerOf(api, manager);
  for (const name of ['Ünïcode é', 'e\u0301 apart', "quote ' and %"]) {
    await caller.create({ name, scopes: ['trademarks:read'] });
  }
  rotated = await organization.createKey();
  await caller.rotate(rotated.id, { grace_period_seconds: 3600 });
  revoked = await organization.createKey();
  await caller.revoke(revoked.id);
  await api.send({
    method: 'PATCH',
    path: `/v1/organization/api-keys/${rotated.id}`,
    key: manager.key,
    body: { metadata: { text: 'nul \u0000, back\\slash, 🎉' } },
  });
  await api.send({
    method: 'POST',
    path: '/v1/organization/api-keys',
    key: manager.key,
    headers: { 'Idempotency-Key': 'order-1' },
    body: { name: 'Once', scopes: ['trademarks:read'] },
  });
  resourceServer = await api.createResourceServer();
  await api.createOrganization('Other');
  await api.close();
  api = await startApi({ store: await openSqliteStore({ file }) });
  shown = await show(api);
  await api.close();
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function migrated(): Promise<string> {
  const url = await postgres.createDatabase();
  await migratePostgres({ url });
  return url;
}

describe('a copy in PostgreSQL', () => {
  test('shows what the file did, opens to the same secrets, and goes on from there', async () => {
    const url = await migrated();
    const told: string[] = [];
    const rows = await copyToPostgres({ file, url, onProgress: (what) => told.push(what) });
    expect(rows).toMatchObject({ organizations: 2, resource_servers: 1, sealed_replies: 1 });
    expect(rows['request_logs']).toBeGreaterThan(5);
    expect(told.some((what) => what.startsWith('Verified'))).toBe(true);

    const api = await startApi({ store: await openPostgresStore({ url }) });
    try {
      // What was shown was logged and counted on the file's side, so it is left out.
      expect((await show(api)).slice(0, 4)).toEqual(shown.slice(0, 4));
      expect((await api.send({ path: '/v1/organization', key: rotated.key })).status).toBe(200);
      expect((await api.send({ path: '/v1/organization', key: revoked.key })).status).toBe(401);
      expect(await api.store.resourceServers.find(digestOf(resourceServer.secret))).toMatchObject({
        id: resourceServer.id,
      });
      const again = { method: 'POST', path: '/v1/organization/api-keys', key: manager.key } as const;
      const replayed = await api.send({
        ...again,
        headers: { 'Idempotency-Key': 'order-1' },
        body: { name: 'Once', scopes: ['trademarks:read'] },
      });
      expect([replayed.status, replayed.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
      const created = await api.send({ ...again, body: { name: 'After', scopes: ['trademarks:read'] } });
      expect(created.status).toBe(201);
      const newest = await api.send({ path: '/v1/organization/api-keys?limit=1', key: manager.key });
      expect(newest.body.data[0].id).toBe(created.body.id);
    } finally {
      await api.close();
    }
  });

  test('is refused where there is something already, which stays as it is', async () => {
    const url = await migrated();
    await copyToPostgres({ file, url });
    await expect(copyToPostgres({ file, url })).rejects.toThrow(StoreOpenError);
    await expect(copyToPostgres({ file, url })).rejects.toThrow('holds data already');
  });

  test('is all there or nothing: after an interruption it is made anew', async () => {
    const url = await migrated();
    const interrupted = copyToPostgres({
      file,
      url,
      onProgress(what) {
        if (what.includes('audit_events')) throw new Error('interrupted');
      },
    });
    await expect(interrupted).rejects.toThrow();
    await expect(copyToPostgres({ file, url })).resolves.toMatchObject({ organizations: 2 });
  });

  test('is not made while a server has the file, nor into a database that is not migrated', async () => {
    await expect(copyToPostgres({ file, url: await postgres.createDatabase() })).rejects.toThrow('run `migrate`');
    const store = await openSqliteStore({ file });
    try {
      await expect(copyToPostgres({ file, url: await migrated() })).rejects.toThrow('has the database');
    } finally {
      await store.close();
    }
  });
});
