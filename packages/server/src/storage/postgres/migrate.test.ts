import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { StoreOpenError } from '../store.ts';
import { migrate, migratePostgres, schemaVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { usePostgres } from './testing/use-postgres.ts';

const BROKEN: Migration = { sql: 'CREATE TABLE half (); SELECT 1 / 0', grants: {} };

const postgres = usePostgres();

describe('migratePostgres', () => {
  it('brings an empty database to the latest schema, and does nothing the next time', async () => {
    const url = await postgres.createDatabase();
    expect(await migratePostgres({ url })).toEqual({ from: 0, to: MIGRATIONS.length });
    expect(await migratePostgres({ url })).toEqual({ from: MIGRATIONS.length, to: MIGRATIONS.length });
  });

  it('may run many times at once', async () => {
    const url = await postgres.createDatabase();
    const { role } = await postgres.createRole(url);
    const runs = Array.from({ length: 8 }, () => migratePostgres({ url, serviceRole: role }));
    expect((await Promise.all(runs)).map(({ to }) => to)).toEqual(Array(8).fill(MIGRATIONS.length));
    expect(await versionOf(url)).toBe(MIGRATIONS.length);
  });

  it('leaves whole steps behind when one fails, and goes on from there', async () => {
    const url = await postgres.createDatabase();
    await expect(migrate({ url }, [...MIGRATIONS, BROKEN])).rejects.toThrow(StoreOpenError);
    expect(await versionOf(url)).toBe(MIGRATIONS.length);
    expect(await query(url, "SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
    expect(await migratePostgres({ url })).toEqual({ from: MIGRATIONS.length, to: MIGRATIONS.length });
  });

  it('refuses a newer schema and changes nothing', async () => {
    const url = await postgres.createDatabase();
    await migratePostgres({ url });
    await query(url, 'UPDATE schema_version SET version = version + 1');
    await expect(migratePostgres({ url })).rejects.toThrow(StoreOpenError);
    expect(await versionOf(url)).toBe(MIGRATIONS.length + 1);
  });

  it("refuses a database with another program's tables and leaves them as they are", async () => {
    const url = await postgres.createDatabase();
    await query(url, 'CREATE TABLE organizations (theirs text)');
    await expect(migratePostgres({ url })).rejects.toThrow(StoreOpenError);
    expect(await versionOf(url)).toBe(0);
  });
});

describe("the service's role", () => {
  it.each([
    'CREATE TABLE mine ()',
    'CREATE SCHEMA mine',
    'DROP TABLE api_keys',
    "UPDATE audit_events SET hash = ''",
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
    'DELETE FROM organizations',
    "UPDATE organizations SET id = ''",
    'DELETE FROM api_keys',
    'UPDATE schema_version SET version = 0',
    'ALTER TABLE audit_events DISABLE TRIGGER ALL',
  ])('may not %s', async (statement) => {
    const url = await postgres.createDatabase();
    const service = await postgres.createRole(url);
    await migratePostgres({ url, serviceRole: service.role });
    await expect(query(service.url, statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('loses rights that it was given beside', async () => {
    const url = await postgres.createDatabase();
    const service = await postgres.createRole(url);
    await migratePostgres({ url });
    await query(url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${service.role}`);
    await query(url, `GRANT ALL ON SCHEMA public TO ${service.role}`);
    await migratePostgres({ url, serviceRole: service.role });
    await expect(query(service.url, 'DELETE FROM api_keys')).rejects.toMatchObject({ code: '42501' });
    await expect(query(service.url, 'CREATE TABLE mine ()')).rejects.toMatchObject({ code: '42501' });
  });

  it('is not the one that migrates', async () => {
    const url = await postgres.createDatabase();
    await expect(migratePostgres({ url, serviceRole: 'postgres' })).rejects.toThrow(StoreOpenError);
  });
});

it('nobody can change or delete an audit event, not even the owner', async () => {
  const url = await postgres.createDatabase();
  await migratePostgres({ url });
  for (const statement of ["UPDATE audit_events SET hash = ''", 'DELETE FROM audit_events', 'TRUNCATE audit_events']) {
    await expect(query(url, statement)).rejects.toMatchObject({ code: 'P0001' });
  }
});

async function query(url: string, sql: string): Promise<unknown[]> {
  return connected(url, async (client) => (await client.query(sql)).rows);
}

function versionOf(url: string): Promise<number> {
  return connected(url, schemaVersion);
}

async function connected<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
