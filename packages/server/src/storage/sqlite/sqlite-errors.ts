import Database from 'better-sqlite3';
import { StoreBusyError, StoreUnavailableError } from '../store.ts';

/** What goes wrong outside of the program. Any other error of SQLite's means that a statement of ours is wrong. */
const OUTSIDE_CAUSES = new Set([
  'SQLITE_CANTOPEN',
  'SQLITE_CORRUPT',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_NOLFS',
  'SQLITE_NOMEM',
  'SQLITE_NOTADB',
  'SQLITE_PERM',
  'SQLITE_PROTOCOL',
  'SQLITE_READONLY',
]);

/**
 * Says an error of SQLite's in the store's terms. What is no such error, or is a defect of this program, comes back as
 * it is.
 */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (isBusy(error)) return new StoreBusyError('The database is locked.', { cause: error });
  if (!OUTSIDE_CAUSES.has(primaryCode(error))) return error;
  return new StoreUnavailableError(`The database failed: ${error.message} (${error.code}).`, { cause: error });
}

/** Whether someone else's lock is in the way, so that waiting may help. */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && primaryCode(error) === 'SQLITE_BUSY';
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_CONSTRAINT_UNIQUE';
}

/** Whether the disk refused to confirm a write. What it kept of it cannot be known any more. */
export function isFailedSync(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_IOERR_FSYNC';
}

/** `SQLITE_IOERR_WRITE` and its like are kinds of `SQLITE_IOERR`. */
export function primaryCode(error: { readonly code: string }): string {
  return error.code.split('_', 2).join('_');
}
