import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { Clock } from '../dependencies.ts';
import { openPostgresStore } from '../storage/postgres/postgres-store.ts';
import { openSqliteStore } from '../storage/sqlite/sqlite-store.ts';
import type { Store } from '../storage/store.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A server's superuser, and a database of the latest schema to copy. */
    postgres?: { readonly url: string; readonly template: string };
  }
}

export interface OpenedStore {
  readonly store: Store;
  /** Deletes the data. To be called once the store is closed. */
  remove(): Promise<void>;
}

/** An empty store of its own: in SQLite, or, in the Vitest project that has one, in PostgreSQL. @param clock by which limits count there */
export async function openStore(clock: Clock): Promise<OpenedStore> {
  const postgres = inject('postgres');
  return postgres === undefined ? openSqlite() : openPostgres(postgres, clock);
}

async function openSqlite(): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'signa-api-'));
  return {
    store: await openSqliteStore({ file: join(folder, 'signa.db') }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function openPostgres({ url, template }: { url: string; template: string }, clock: Clock): Promise<OpenedStore> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await run(url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const own = new URL(url);
  own.pathname = name;
  return {
    store: await openPostgresStore({ url: own.href, poolSize: 8, clock }),
    remove: () => run(url, `DROP DATABASE IF EXISTS ${name}`),
  };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
