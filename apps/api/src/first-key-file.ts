import { access, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Puts the first key into a file that only this program's user can read: the key, a line feed, nothing else. When this resolves the
 * file is on disk, so that a power cut cannot leave a key that nobody knows. A file from before is replaced whole.
 */
export async function writeFirstKey(path: string, secret: string): Promise<void> {
  const unfinished = `${path}.tmp`;
  await rm(unfinished, { force: true });
  // `wx` never follows a link that somebody put there, and never takes over a file that others may read.
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${secret}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  await syncFolder(dirname(path));
}

/** Removes a file with a key that was never committed. */
export async function removeFirstKey(path: string): Promise<void> {
  await rm(path, { force: true });
}

export async function hasFirstKey(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A new name is on disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
