import { link, lstat, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { EpochSeconds } from '../../keys/api-key.ts';
import { BackupError, writeError } from './backup-error.ts';
import { type Connection, openWriter } from './connection.ts';
import { refuseForeignDatabase } from './migrate.ts';
import { openDatabase } from './open-database.ts';
import { errorCode, openError } from './open-error.ts';
import { retryWhileBusy } from './retry-while-busy.ts';
import { syncFile } from './sync-file.ts';

/** How long another process may keep the database locked. */
const LOCK_WAIT_MS = 5000;

/** Pages between two reports of how far it is: some ten megabytes, at the usual size of 4 KB. */
const PAGES_AT_ONCE = 2500;

export interface BackupOptions {
  /** The database. A server may write to it meanwhile; it is not held up. */
  readonly file: string;
  /** Where the backup goes: a path that is not taken. */
  readonly out: string;
  readonly clock: () => EpochSeconds;
  readonly onProgress?: (what: string) => void;
}

export interface Backup {
  /** Not later than the moment whose state the backup holds, and not earlier than the call. */
  readonly takenAt: EpochSeconds;
  readonly bytes: number;
}

/**
 * Copies a database as it is at one moment after the call, with all that was committed before, into one file of its own that only this
 * program's user can read. Every page of the copy is checked. The file has its name only once it is complete and on the disk; a process
 * that is killed before leaves a folder named after it, ending in `.partial-` and six characters, which may be deleted.
 *
 * @throws {BackupError} when `out` exists or cannot be written, or the database is damaged
 * @throws {StoreOpenError} when the database cannot be opened
 */
export async function backUpSqlite({ file, out, clock, onProgress = () => {} }: BackupOptions): Promise<Backup> {
  const target = resolve(out);
  await refuseTaken(target);
  const source = await openSource(resolve(file));
  try {
    return await intoNewFile(target, async (path) => {
      const takenAt = await copy(source, path, clock, onProgress);
      onProgress('Checking every page');
      finish(path);
      return { takenAt, bytes: (await stat(path)).size };
    });
  } finally {
    source.close();
  }
}

async function refuseTaken(target: string): Promise<void> {
  const there = await lstat(target).catch(() => null);
  if (there !== null) {
    throw new BackupError(`${target} exists already, and is not overwritten: name another file with --out.`);
  }
}

async function openSource(file: string): Promise<Connection> {
  try {
    const source = openWriter(file);
    try {
      await retryWhileBusy(() => refuseForeignDatabase(source), performance.now() + LOCK_WAIT_MS);
      return source;
    } catch (error) {
      source.close();
      throw error;
    }
  } catch (error) {
    throw openError(file, error);
  }
}

/** Lets `write` fill a file that has its name only afterwards, on the disk, and never takes the place of another. */
async function intoNewFile<T>(target: string, write: (path: string) => Promise<T>): Promise<T> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(`${target}.partial-`);
    const path = join(folder, basename(target));
    // Created here, because SQLite would let everybody read it.
    await (await open(path, 'wx', 0o600)).close();
    const result = await write(path);
    await syncFile(path);
    // Unlike a renaming, this fails when there is something of that name by now.
    await link(path, target);
    await rm(folder, { recursive: true });
    await syncFile(dirname(target));
    return result;
  } catch (error) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    if (errorCode(error) === 'EEXIST') await refuseTaken(target);
    throw writeError(target, error);
  }
}

/** @returns a time before the moment whose state was copied */
async function copy(
  source: Connection,
  path: string,
  clock: () => EpochSeconds,
  onProgress: (what: string) => void,
): Promise<EpochSeconds> {
  const takenAt = clock();
  // A read transaction holds the moment. Without one SQLite would begin anew whenever somebody writes, and might never end.
  source.exec('BEGIN');
  try {
    await retryWhileBusy(
      () => source.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get(),
      performance.now() + LOCK_WAIT_MS,
    );
    await source.backup(path, {
      progress({ totalPages, remainingPages }) {
        onProgress(`${Math.floor((100 * (totalPages - remainingPages)) / totalPages)} % copied`);
        return PAGES_AT_ONCE;
      },
    });
  } finally {
    source.exec('ROLLBACK');
  }
  return takenAt;
}

/** Makes the copy one file, that can be read where nothing may be written beside it, and looks at every page of it. */
function finish(path: string): void {
  const copied = openDatabase(path, {});
  try {
    copied.pragma('journal_mode = delete');
    refuseDamaged(copied, 'The database');
  } finally {
    copied.close();
  }
}

/**
 * Looks at every page, index and reference of a database.
 *
 * @param what it is, as the subject of the sentence
 * @throws {BackupError} when it is damaged
 */
export function refuseDamaged(connection: Connection, what: string): void {
  const found = connection.pragma('integrity_check(1)');
  if (found !== 'ok') throw new BackupError(`${what} is damaged (${String(found)}): restore a backup that is not.`);
  if (connection.prepare('PRAGMA foreign_key_check').get() !== undefined) {
    throw new BackupError(`${what} is damaged (a row refers to one that is gone): restore a backup that is not.`);
  }
}
