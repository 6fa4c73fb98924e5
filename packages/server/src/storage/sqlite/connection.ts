import type Database from 'better-sqlite3';
import { foldName } from '../api-key-name.ts';
import { openDatabase } from './open-database.ts';

export type Connection = Database.Database;

/** What is set on every connection that writes, each time it is opened, as SQLite reports it back. */
const WRITER_SETTINGS = {
  // Readers go on while someone writes, and see only what is committed.
  journal_mode: 'wal',
  // 2 is FULL: every commit waits for the disk. Must be set at every open: a WAL database that is reopened drops to
  // NORMAL by itself, and a power cut then takes back commits that were acknowledged.
  synchronous: 2,
  foreign_keys: 1,
  // 2 is MEMORY: what a query sorts goes to no file outside the data folder, least of all one that others may read.
  temp_store: 2,
  // SQLite waits by blocking the thread, and with it every request; retryWhileBusy waits instead.
  busy_timeout: 0,
} as const;

/**
 * Opens an existing database file, changing nothing in it.
 *
 * Whatever is opened here must be closed, also when something fails later: the last connection to close folds the WAL
 * back in.
 */
export function openWriter(file: string): Connection {
  return openDatabase(file, {});
}

/**
 * Makes a writer's commits durable. Throws SQLITE_BUSY when another process is just opening the same new database; call
 * it again.
 *
 * @throws {Error} when SQLite does not take a setting, as on a file system that cannot share memory between processes
 */
export function configureWriter(connection: Connection): void {
  // What is deleted or replaced is overwritten where that costs no further write: a discarded ciphertext should not lie on in
  // the free space of its page.
  connection.pragma('secure_delete = fast');
  for (const [name, value] of Object.entries(WRITER_SETTINGS)) {
    connection.pragma(`${name} = ${value}`);
    const actual = connection.pragma(name, { simple: true });
    if (actual !== value) throw new Error(`SQLite keeps ${name} at ${actual} and does not take ${value}`);
  }
}

/** Opens a second connection that can only read and so never sees what is not committed. */
export function openReader(file: string): Connection {
  const connection = openDatabase(file, { readonly: true });
  connection.pragma('temp_store = MEMORY');
  connection.function('fold_name', { deterministic: true }, (name) => foldName(name as string));
  return connection;
}
