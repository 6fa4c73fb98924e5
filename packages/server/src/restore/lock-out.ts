import type { Connection } from '../storage/sqlite/connection.ts';
import { openWriter } from '../storage/sqlite/connection.ts';
import { BackupError } from '../storage/sqlite/backup-error.ts';
import { refuseForeignDatabase } from '../storage/sqlite/migrate.ts';
import { isBusy } from '../storage/sqlite/sqlite-errors.ts';
import { StoreOpenError } from '../storage/store.ts';

/**
 * Takes a database for this process alone, until the connection that comes back is closed. What is in the WAL is folded in before, so
 * that the database is one file. Null when SQLite cannot read it, be it damaged or no database at all.
 *
 * Whoever has it open in WAL mode keeps a shared lock for as long, and SQLite leaves that mode only when nobody does: so a server is
 * found however idle it is.
 *
 * @throws {BackupError} when another process has it open
 * @throws {StoreOpenError} when another program made it
 */
export function lockOut(file: string): Connection | null {
  let connection: Connection | null = null;
  try {
    connection = openWriter(file);
    refuseForeignDatabase(connection);
    connection.pragma('journal_mode = delete');
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection?.close();
    if (error instanceof StoreOpenError) throw error;
    if (isBusy(error)) {
      throw new BackupError(
        `A server or a command has the database ${file} open. Nothing was done: stop it, then try again.`,
        { cause: error },
      );
    }
    return null;
  }
}
