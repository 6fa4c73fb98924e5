import Database from 'better-sqlite3';
import { StoreBusyError, StoreOpenError } from '../store.ts';
import { primaryCode } from './sqlite-errors.ts';

/**
 * Why a database cannot be opened, and what the operator can do, by the code of the file system's or SQLite's error.
 */
const EXPLANATIONS: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EACCES: ['this program may not write there', 'give it the folder and the file, or choose another path'],
  ENOENT: ['its folder cannot be created', 'choose another path'],
  ENOSPC: ['the disk is full', 'free some space'],
  ENOTDIR: ['a part of the path is a file where a folder is needed', 'choose another path'],
  EPERM: [
    'this program may not write there or change permissions',
    'give it the folder and the file, or choose another path',
  ],
  EROFS: ['the file system can only be read', 'choose another path'],
  SQLITE_BUSY: ['another process keeps it locked', 'stop that process'],
  SQLITE_CORRUPT: ['it is damaged', 'restore it from a backup'],
  SQLITE_FULL: ['the disk is full', 'free some space'],
  SQLITE_IOERR: ['the disk failed', 'check the disk and its file system, and restore a backup if need be'],
  SQLITE_NOTADB: ['it is not an SQLite database', 'choose another path, or restore it from a backup'],
};

/** Says in one sentence for the operator why `file` cannot be opened. What nobody foresaw is quoted. */
export function openError(file: string, cause: unknown): StoreOpenError {
  if (cause instanceof StoreOpenError) return cause;
  const [reason, remedy] = EXPLANATIONS[explainableCode(cause)] ?? [quote(cause), 'check the path and the disk'];
  return new StoreOpenError(`The database ${file} cannot be opened, because ${reason}: ${remedy}.`, { cause });
}

/** The code of a file system's error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function explainableCode(cause: unknown): string {
  if (cause instanceof StoreBusyError) return 'SQLITE_BUSY';
  return cause instanceof Database.SqliteError ? primaryCode(cause) : (errorCode(cause) ?? '');
}

function quote(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
