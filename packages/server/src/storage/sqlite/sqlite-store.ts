import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Store, StoreOpenError, type StoreUnavailableError } from '../store.ts';
import { openReader } from './connection.ts';
import { createDatabaseFile, withdrawFromOthers } from './database-file.ts';
import { schemaVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { closeConnections, openConnections } from './open-connections.ts';
import { openError } from './open-error.ts';
import { OpenedStore } from './opened-store.ts';

export interface SqliteStoreOptions {
  /** Path of the database. Where the file and its folders are missing they are created. */
  readonly file: string;
  /**
   * Called once, when the disk did not confirm a write. Nothing is written from then on, because only a new process reads what is
   * really on the disk: end this one.
   */
  readonly onFailedSync?: (error: StoreUnavailableError) => void;
}

/**
 * Opens the store in an SQLite file, which only this program's user can read from then on, and brings its schema up to
 * date.
 *
 * Takes no longer for a large file: the header and the schema are read, which shows a file that is no database, was cut
 * off or belongs to another program. To look at every page is for whoever makes or restores a backup.
 *
 * @throws {StoreOpenError} when that fails, or when another process keeps the file locked for 5 seconds
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const file = resolve(options.file);
  try {
    await createDatabaseFile(file);
    const { ino } = await stat(file);
    const connections = await openConnections(file);
    try {
      // A restore exchanges the file under its lock. Who waited for that lock has the old one open, which nobody reads any more.
      if ((await stat(file)).ino !== ino) {
        throw new StoreOpenError(`The database ${file} was replaced while it was opened: start again.`);
      }
      await withdrawFromOthers(file);
      return new OpenedStore(connections, options);
    } catch (error) {
      closeConnections(connections);
      throw error;
    }
  } catch (error) {
    throw openError(file, error);
  }
}

/**
 * Brings an SQLite file to the schema that this program works with, as opening it does, and tells the versions before and after.
 *
 * @throws {StoreOpenError} as `openSqliteStore` does
 */
export async function migrateSqlite({ file }: SqliteStoreOptions): Promise<{ from: number; to: number }> {
  const from = existsSync(file) ? readSchemaVersion(file) : 0;
  const store = await openSqliteStore({ file });
  await store.close();
  return { from, to: MIGRATIONS.length };
}

function readSchemaVersion(file: string): number {
  try {
    const reader = openReader(file);
    try {
      return schemaVersion(reader);
    } finally {
      reader.close();
    }
  } catch (error) {
    throw openError(file, error);
  }
}
