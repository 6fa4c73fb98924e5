import Database from 'better-sqlite3';
import { errorCode } from './open-error.ts';
import { primaryCode } from './sqlite-errors.ts';

/** A backup could not be made or put in place. The message is a sentence for the operator. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** Why a file cannot be written, by the code of the file system's or SQLite's error. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this program may not write to its folder',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk failed',
  ENOENT: 'its folder does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file where a folder is needed',
  EPERM: 'this program may not write to its folder, or its file system has no hard links',
  EROFS: 'the file system can only be read',
  SQLITE_CANTOPEN: 'this program may not write to its folder',
  SQLITE_FULL: 'the disk is full',
  SQLITE_IOERR: 'the disk is full or failed',
  SQLITE_READONLY: 'the file system can only be read',
};

/** Says in one sentence why `path` cannot be written, and that nothing of it is left. What nobody foresaw is quoted. */
export function writeError(path: string, cause: unknown): Error {
  if (cause instanceof BackupError) return cause;
  const code = cause instanceof Database.SqliteError ? primaryCode(cause) : errorCode(cause);
  const reason = REASONS[code ?? ''] ?? (cause instanceof Error ? cause.message : String(cause));
  return new BackupError(`${path} cannot be written, because ${reason}. Nothing was done.`, { cause });
}
