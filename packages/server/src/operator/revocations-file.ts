import { readFile } from 'node:fs/promises';
import { BackupError } from '../storage/sqlite/backup-error.ts';

/** A credential, to be refused for good. */
export interface Revocable {
  readonly object: 'api_key' | 'resource_server';
  readonly id: string;
}

/**
 * Reads what `keys revoked --json` has written: one JSON object whose `data` names keys and resource servers.
 *
 * @throws {BackupError} when it cannot be read or is something else. A file that was cut off must not pass for one with fewer.
 */
export async function readRevocationsFile(path: string): Promise<Revocable[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new BackupError(`The revocations cannot be read: ${error.message}. Nothing was done.`, { cause: error });
  });
  const data = dataOf(text);
  if (data === null || !data.every(isRevocable)) {
    throw new BackupError(`${path} does not hold what \`keys revoked --json\` writes. Nothing was done.`);
  }
  return data;
}

function dataOf(text: string): unknown[] | null {
  try {
    const { data } = JSON.parse(text) as { data?: unknown };
    return Array.isArray(data) ? data : null;
  } catch {
    return null;
  }
}

function isRevocable(value: unknown): value is Revocable {
  if (typeof value !== 'object' || value === null) return false;
  const { object, id } = value as Record<string, unknown>;
  return (object === 'api_key' || object === 'resource_server') && typeof id === 'string';
}
