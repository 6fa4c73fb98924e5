import { access, chmod, constants, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreOpenError } from '../store.ts';
import { errorCode } from './open-error.ts';

/**
 * Makes sure that there is a file that can be written. What is missing, folders too, is created for this program's user
 * alone; what exists is left as it is, because it may turn out to be something else than a database of ours.
 *
 * Rejects with the error of the file system.
 *
 * @throws {StoreOpenError} when the path is taken by something that is no file
 */
export async function createDatabaseFile(file: string): Promise<void> {
  await createFolder(dirname(file));
  // Created here, because SQLite would let everybody read it. An existing file must not be opened here: closing it
  // would drop, by the rules of POSIX, every lock this process has on it.
  const created = await open(file, 'wx', 0o600).catch(ignoreExisting);
  await created?.close();

  if (!(await stat(file)).isFile()) {
    throw new StoreOpenError(`The database ${file} cannot be opened, because it is not a file: choose another path.`);
  }
  // SQLite adds two files to the folder, and when it may not write it settles for reading without a word.
  await access(dirname(file), constants.W_OK | constants.X_OK);
  await access(file, constants.R_OK | constants.W_OK);
}

/**
 * Withdraws the database's files from everybody but their owner. The digests in them let nobody sign in, but names,
 * scopes and audit events are nobody else's concern. A file that SQLite adds later takes its permissions from the
 * database; one that is there already may have those of an earlier day.
 */
export async function withdrawFromOthers(file: string): Promise<void> {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) await chmod(path, 0o600);
  }
}

/** Makes a folder, and those around it, for this program's user alone. As `mkdir` with `recursive`, which never returns when the system has only ENOENT to say, as it does below /proc. */
export async function createFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, 0o700);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    if (errorCode(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await createFolder(dirname(folder));
    await mkdir(folder, 0o700).catch(ignoreExisting);
  }
}

function ignoreExisting(error: unknown): undefined {
  if (errorCode(error) !== 'EEXIST') throw error;
}
