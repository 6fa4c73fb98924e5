import { resolve } from 'node:path';
import type { Store } from '../store.ts';
import { createDatabaseFile, withdrawFromOthers } from './database-file.ts';
import { closeConnections, openConnections } from './open-connections.ts';
import { openError } from './open-error.ts';
import { OpenedStore } from './opened-store.ts';

export interface SqliteStoreOptions {
  /** Path of the database. Where the file and its folders are missing they are created. */
  readonly file: string;
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
    const connections = await openConnections(file);
    try {
      await withdrawFromOthers(file);
      return new OpenedStore(connections);
    } catch (error) {
      closeConnections(connections);
      throw error;
    }
  } catch (error) {
    throw openError(file, error);
  }
}
