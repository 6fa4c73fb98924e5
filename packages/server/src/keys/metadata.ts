import { invalidRequest } from '../errors/api-error.ts';

const MAX_ENTRIES = 50;

/**
 * Merges a change into metadata: text sets an entry, null removes it.
 *
 * @throws {ApiError} 400 when more than 50 entries would result
 */
export function mergeMetadata(
  metadata: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const merged = new Map<string, string | null>([...Object.entries(metadata), ...Object.entries(change)]);
  const entries = [...merged].filter((entry): entry is [string, string] => entry[1] !== null);
  if (entries.length > MAX_ENTRIES) {
    const message = `must leave at most ${MAX_ENTRIES} entries, not ${entries.length}`;
    throw invalidRequest([{ path: '/metadata', message }]);
  }
  return Object.fromEntries(entries);
}
