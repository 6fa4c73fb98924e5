import { Client, escapeIdentifier } from 'pg';
import { StoreOpenError } from '../store.ts';
import { connectionSettings } from './database.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { nameOf, openError, refuseOtherSchema, refuseOtherUrls } from './open-error.ts';

/** The advisory lock that migrations of one database take turns by. */
const MIGRATION_LOCK = 0x7369676e;

/** How long a migration waits for one that another process runs. */
const TURN_WAIT_MS = 60_000;

/** How long a step waits for a lock on a table. Meanwhile everybody who uses the table waits behind it. */
const LOCK_WAIT_MS = 5_000;

export interface PostgresMigrationOptions {
  /** As a role that may create tables. */
  readonly url: string;
  /** The role of the service. It gets the rights that the service needs, and loses all others on the tables. */
  readonly serviceRole?: string;
}

/** The versions of a schema before and after a migration. 0 is an empty database. */
export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/**
 * Brings the database to the schema that this program works with. Each step is a transaction of its own that also counts the schema's
 * version up, so that a process killed half-way leaves whole steps behind and the next run goes on from there. Where there is nothing
 * to do it changes nothing.
 *
 * Safe while other processes do the same: they take turns.
 *
 * @throws {StoreOpenError} when that fails, when the schema is newer, or when the tables are another program's
 */
export function migratePostgres(options: PostgresMigrationOptions): Promise<Migrated> {
  return migrate(options, MIGRATIONS);
}

/** The same with other steps. */
export async function migrate(
  { url, serviceRole }: PostgresMigrationOptions,
  migrations: readonly Migration[],
): Promise<Migrated> {
  refuseOtherUrls(url);
  try {
    const client = new Client({ ...connectionSettings(url), connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      const from = await schemaVersion(client);
      if (from > migrations.length) refuseOtherSchema(url, from, migrations.length);
      while (await takeNextStep(client, url, migrations));
      if (serviceRole !== undefined) await inTurn(client, () => grant(client, serviceRole, migrations));
      return { from, to: migrations.length };
    } finally {
      await client.end();
    }
  } catch (error) {
    throw openError(url, error);
  }
}

/** The number of steps that a database has taken; 0 for one that is empty or not ours. */
export async function schemaVersion(client: {
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
}): Promise<number> {
  // Not to_regclass, which may not have heard yet of what another process has just committed. A role that may not use the schema has
  // no current one; it is told so by what follows.
  const known = await client.query(
    "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = coalesce(current_schema(), 'public') AND tablename = 'schema_version'",
  );
  if (known.rows.length === 0) return 0;
  const { rows } = await client.query('SELECT version FROM schema_version');
  return (rows[0] as { version: number } | undefined)?.version ?? 0;
}

/** Returns false when there was none. */
function takeNextStep(client: Client, url: string, migrations: readonly Migration[]): Promise<boolean> {
  return inTurn(client, async () => {
    // Read under the lock: another process may have taken this step meanwhile.
    const version = await schemaVersion(client);
    const step = migrations[version];
    if (step === undefined) return false;
    if (version === 0) await makeOurs(client, url);
    await client.query(step.sql);
    await client.query('UPDATE schema_version SET version = $1', [version + 1]);
    return true;
  });
}

async function makeOurs(client: Client, url: string): Promise<void> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename <> 'schema_version' LIMIT 1",
  );
  if (rowCount !== 0) {
    throw new StoreOpenError(
      `The database ${nameOf(url)} cannot be migrated, because there are tables of another program in it: ` +
        'create an empty database.',
    );
  }
  await client.query(`
    -- Older databases let everybody create tables here.
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    CREATE TABLE schema_version (
      one     boolean PRIMARY KEY DEFAULT true CHECK (one),
      version integer NOT NULL
    );
    INSERT INTO schema_version (version) VALUES (0);
  `);
}

async function grant(client: Client, role: string, migrations: readonly Migration[]): Promise<void> {
  const { rows } = await client.query<{ schema: string; itself: boolean }>(
    'SELECT current_schema() AS schema, current_user = $1 AS itself',
    [role],
  );
  const { schema, itself } = rows[0]!;
  if (itself) {
    throw new StoreOpenError(
      `The service role ${role} is the role that migrates: give the service a role of its own, which owns nothing.`,
    );
  }
  const to = escapeIdentifier(role);
  const inSchema = escapeIdentifier(schema);
  const rights = Object.entries(Object.assign({ schema_version: 'SELECT' }, ...migrations.map(({ grants }) => grants)));
  await client.query(
    [
      `REVOKE ALL ON SCHEMA ${inSchema} FROM ${to}`,
      `GRANT USAGE ON SCHEMA ${inSchema} TO ${to}`,
      `REVOKE ALL ON ALL TABLES IN SCHEMA ${inSchema} FROM ${to}`,
      ...rights.map(([table, right]) => `GRANT ${right} ON ${table} TO ${to}`),
    ].join(';\n'),
  );
}

async function inTurn<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await client.query(`SET LOCAL lock_timeout = ${TURN_WAIT_MS}`);
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The error is what counts. On a lost connection there is nothing to roll back.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
