import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { createOrganization, insertKey } from '../conformance/given.ts';
import { StoreUnavailableError } from '../store.ts';
import type { Connection } from './connection.ts';
import { createDatabaseFile } from './database-file.ts';
import { openConnections } from './open-connections.ts';
import { OpenedStore } from './opened-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

test('after a failed fsync the store writes nothing more and is not healthy, until it is opened anew', async () => {
  const file = temporaryFile();
  await createDatabaseFile(file);
  const connections = await openConnections(file);
  const disk = failCommits(connections.writer);
  const told: Error[] = [];
  const store = new OpenedStore(connections, { onFailedSync: (error) => void told.push(error) });
  onTestFinished(() => store.close());
  const organization = await createOrganization(store, 'Acme');

  disk.error = new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC');
  const failure = await insertKey(store, organization).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StoreUnavailableError);
  expect(failure).toMatchObject({ cause: disk.error });

  disk.error = null;
  await expect(insertKey(store, organization)).rejects.toThrow(StoreUnavailableError);
  await expect(store.checkHealth()).rejects.toThrow(StoreUnavailableError);
  expect(await store.listOrganizations()).toEqual([organization]);
  expect(told).toEqual([failure]);
});

test('after another failed commit the store is healthy once a write succeeds', async () => {
  const file = temporaryFile();
  await createDatabaseFile(file);
  const connections = await openConnections(file);
  const disk = failCommits(connections.writer);
  const store = new OpenedStore(connections);
  onTestFinished(() => store.close());
  const organization = await createOrganization(store, 'Acme');

  disk.error = new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_WRITE');
  await expect(insertKey(store, organization)).rejects.toThrow(StoreUnavailableError);
  await expect(store.checkHealth()).rejects.toThrow(StoreUnavailableError);

  disk.error = null;
  await store.checkHealth();
  expect(await insertKey(store, organization)).toBe('inserted');
});

/**
 * A disk cannot be told to fail, so COMMIT is: with `error`, while there is one. As with a disk, only a transaction
 * that has changed something finds out.
 */
function failCommits(writer: Connection): { error: Error | null } {
  const disk: { error: Error | null } = { error: null };
  const prepare = writer.prepare.bind(writer);
  const countChanges = prepare('SELECT total_changes()').pluck();
  let countBefore = countChanges.get();
  writer.prepare = ((sql: string) => {
    const statement = prepare(sql);
    if (sql !== 'COMMIT') return statement;
    return {
      run() {
        const hasChanges = countChanges.get() !== countBefore;
        countBefore = countChanges.get();
        if (hasChanges && disk.error !== null) throw disk.error;
        return statement.run();
      },
    };
  }) as typeof writer.prepare;
  return disk;
}
