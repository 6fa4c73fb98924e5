import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Puts a secret into a new file that only this program's user can read: the secret, a line feed, nothing else. When this resolves
 * the file is on disk, so that a power cut cannot leave a credential that nobody knows. A file that exists already is left alone, and
 * one that could not be finished is taken away.
 *
 * @throws what the file system throws: EEXIST when there is something of that name, a link included
 */
export async function createSecretFile(path: string, secret: string): Promise<void> {
  // `wx` never follows a link that somebody put there, and never takes over a file that others may read.
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${secret}\n`);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await syncFolderOf(path);
}

/** A new name is on disk only when its folder is. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
