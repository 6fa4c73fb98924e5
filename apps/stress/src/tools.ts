import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The path of a program that the trials need.
 *
 * @throws when it is not installed
 */
export function toolPath(name: 'strace' | 'slowhttptest'): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found === undefined) throw missing(name);
  return found;
}

/**
 * The path of the library that changes a process's clock.
 *
 * @throws when it is not installed
 */
export function libfaketimePath(): string {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  const found = folders.map((folder) => join('/usr/lib', folder, 'faketime/libfaketime.so.1')).find(existsSync);
  if (found === undefined) throw missing('libfaketime');
  return found;
}

function missing(name: string): Error {
  return new Error(`${name} is not installed: run scripts/install-stress-tools.sh as root.`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
