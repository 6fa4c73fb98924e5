import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createOrganization } from '../conformance/given.ts';
import { StoreOpenError } from '../store.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openError } from './open-error.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryFile, temporaryFolder } from './testing/temporary-folder.ts';

describe('one sentence says why a database cannot be opened, and names it', () => {
  test('a part of the path is a file', async () => {
    const file = join(await writtenFile('text'), 'data', 'signa.db');
    await expectRefusal(file, 'is a file where a folder is needed');
  });

  test('the folder cannot be created', async () => {
    await expectRefusal('/proc/nowhere/data/signa.db', 'folder cannot be created');
  });

  test('the path is a folder, which stays as it is', async () => {
    const folder = join(temporaryFolder(), 'folder');
    await mkdir(folder, { mode: 0o755 });
    await expectRefusal(folder, 'is not a file');
    expect((await stat(folder)).mode & 0o777).toBe(0o755);
  });

  test('the file is not an SQLite database, and stays as it is', async () => {
    const file = await writtenFile('root:x:0:0:root:/root:/bin/bash\n'.repeat(100));
    const before = await describeFile(file);
    await expectRefusal(file, 'is not an SQLite database');
    expect(await describeFile(file)).toEqual(before);
  });

  test('the database is of another program, and stays as it is', async () => {
    const file = temporaryFile();
    alter(file, 'CREATE TABLE invoices (id INTEGER); PRAGMA user_version = 1');
    const before = await describeFile(file);
    await expectRefusal(file, 'another program made it');
    expect(await describeFile(file)).toEqual(before);
  });

  test('the file was cut off', async () => {
    const file = await writtenDatabase();
    await truncate(file, (await stat(file)).size / 2);
    await expectRefusal(file, 'it is damaged');
  });

  test('the schema is destroyed', async () => {
    const file = await writtenDatabase();
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0xff, 100, 4096));
    await expectRefusal(file, 'it is damaged');
  });

  test('a table is missing', async () => {
    const file = await writtenDatabase();
    alter(file, 'DROP TABLE api_keys');
    await expectRefusal(file, 'no such table');
  });

  test('a newer version of the program wrote the database', async () => {
    const file = await writtenDatabase();
    alter(file, `PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    await expectRefusal(file, 'written by a newer version');
  });

  test('the disk is full', () => {
    const full = new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
    expect(openError('/data/signa.db', full).message).toMatch(
      /\/data\/signa\.db .* the disk is full: free some space\.$/,
    );
  });

  test('another process keeps the database locked for five seconds', async () => {
    const file = await writtenDatabase();
    const other = new Database(file);
    onTestFinished(() => void other.close());
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    await expectRefusal(file, 'another process keeps it locked');
  }, 10_000);
});

test('a database that is locked only for a moment is opened', async () => {
  const file = await writtenDatabase();
  const other = new Database(file);
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  setTimeout(() => other.close(), 200);
  const store = await openSqliteStore({ file });
  expect(await store.listOrganizations()).toHaveLength(1);
  await store.close();
});

async function expectRefusal(file: string, reason: string): Promise<void> {
  const error = await openSqliteStore({ file }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(StoreOpenError);
  const { message } = error as StoreOpenError;
  expect(message).toContain(reason);
  expect(message).toContain(file);
  expect(message).toMatch(/^The database [^\n]+\.$/);
}

async function writtenDatabase(): Promise<string> {
  const file = temporaryFile();
  const store = await openSqliteStore({ file });
  await createOrganization(store, 'Acme');
  await store.close();
  return file;
}

async function writtenFile(content: string): Promise<string> {
  const file = temporaryFile();
  await writeFile(file, content, { mode: 0o644 });
  return file;
}

function alter(file: string, sql: string): void {
  const connection = new Database(file);
  connection.exec(sql);
  connection.close();
}

async function describeFile(file: string): Promise<object> {
  return { mode: (await stat(file)).mode, content: await readFile(file, 'latin1') };
}
