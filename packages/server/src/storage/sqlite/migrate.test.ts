import { once } from 'node:events';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StoreOpenError } from '../store.ts';
import type { Connection } from './connection.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { startProcess } from './testing/process.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

const FIRST = 'CREATE TABLE first (id INTEGER) STRICT';
const SECOND = 'CREATE TABLE second (id INTEGER) STRICT';

describe('migrate', () => {
  test('takes every step once and counts them', () => {
    const connection = open(temporaryFile());
    migrate(connection, [FIRST, SECOND]);
    expect(tablesOf(connection)).toEqual(['first', 'second']);
    expect(versionOf(connection)).toBe(2);
  });

  test('goes on from the version that the database has', () => {
    const connection = open(temporaryFile());
    migrate(connection, [FIRST]);
    migrate(connection, [FIRST, SECOND]);
    expect(tablesOf(connection)).toEqual(['first', 'second']);
  });

  test('changes nothing when there is nothing to do', () => {
    const file = temporaryFile();
    const connection = open(file);
    migrate(connection);
    const before = connection.serialize();
    migrate(connection);
    expect(connection.serialize().equals(before)).toBe(true);
    expect(versionOf(connection)).toBe(MIGRATIONS.length);
  });

  test('leaves whole steps behind when one fails, and goes on from there', () => {
    const connection = open(temporaryFile());
    expect(() => migrate(connection, [FIRST, `${SECOND}; CREATE TABLE first (id INTEGER)`])).toThrow('already exists');
    expect(tablesOf(connection)).toEqual(['first']);
    expect(versionOf(connection)).toBe(1);
    migrate(connection, [FIRST, SECOND]);
    expect(tablesOf(connection)).toEqual(['first', 'second']);
  });

  test('refuses a schema that is newer, and leaves it alone', () => {
    const connection = open(temporaryFile());
    migrate(connection, [FIRST, SECOND]);
    const before = connection.serialize();
    expect(() => migrate(connection, [FIRST])).toThrow(StoreOpenError);
    expect(connection.serialize().equals(before)).toBe(true);
  });

  test('takes no step that another connection takes at the same moment', () => {
    const file = temporaryFile();
    const [first, second] = [open(file), open(file)];
    first.exec('BEGIN IMMEDIATE');
    expect(() => migrate(second, [FIRST])).toThrow('locked');
    first.exec('COMMIT');
    migrate(first, [FIRST]);
    migrate(second, [FIRST]);
    expect(versionOf(second)).toBe(1);
  });

  test('works when several processes start on a new database at once', async () => {
    const file = temporaryFile();
    const children = [1, 2, 3, 4].map(() => startProcess('open-when-told.ts', file));
    await Promise.all(children.map((child) => once(child.stdout, 'data')));
    for (const child of children) child.stdin.write('go\n');
    const exits = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(exits.map(([code]) => code)).toEqual([0, 0, 0, 0]);

    expect(versionOf(open(file))).toBe(MIGRATIONS.length);
    const store = await openSqliteStore({ file });
    expect(await store.listOrganizations()).toEqual([]);
    await store.close();
  }, 30_000);
});

function open(file: string): Connection {
  const connection = new Database(file, { timeout: 0 });
  onTestFinished(() => void connection.close());
  return connection;
}

function tablesOf(connection: Connection): unknown[] {
  return connection.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).pluck().all();
}

function versionOf(connection: Connection): unknown {
  return connection.pragma('user_version', { simple: true });
}
