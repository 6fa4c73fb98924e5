import { access, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSecretFile, syncFolderOf } from './secret-file.ts';

/** Puts the first key into its file, for this program's user alone. A file from before is replaced whole. */
export async function writeFirstKey(path: string, secret: string): Promise<void> {
  const unfinished = `${path}.tmp`;
  // With PostgreSQL nothing else has made the folder.
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(unfinished, { force: true });
  await createSecretFile(unfinished, secret);
  await rename(unfinished, path);
  await syncFolderOf(path);
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
