import { readEvent } from '../audit/check-chain.ts';
import type { Revocable } from '../operator/revocations-file.ts';
import type { Connection } from '../storage/sqlite/connection.ts';

/** What the audit events of a database tell that an earlier state of it does not know. */
export interface ChangesSince {
  /** All that was ever revoked, whether the earlier state knows or not. */
  readonly revoked: readonly Revocable[];
  /** The keys that were rotated since: in the earlier state their old secrets work. */
  readonly rotated: readonly string[];
  /** The keys whose name, scopes, expiry or metadata were changed since. */
  readonly updated: readonly string[];
  /** Whether every event could be read. */
  readonly isComplete: boolean;
}

interface EventRow {
  readonly chain: string;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

/** Reads every event of `later`, from its oldest schema on, and tells which of them `earlier` lacks. */
export function changesSince(later: Connection, earlier: Connection): ChangesSince {
  const isKnown = earlier.prepare('SELECT 1 FROM audit_events WHERE chain = ? AND sequence = ? AND hash = ?').pluck();
  const revoked = new Map<string, Revocable>();
  const rotated = new Set<string>();
  const updated = new Set<string>();
  let isComplete = true;
  try {
    const rows = later.prepare<[], EventRow>('SELECT chain, sequence, bytes, hash FROM audit_events ORDER BY rowid');
    for (const { chain, sequence, bytes, hash } of rows.iterate()) {
      const { action, target } = readEvent(bytes) as { action?: unknown; target?: { id?: unknown } };
      const id = target?.id;
      if (typeof id !== 'string') continue;
      if (action === 'api_key.revoked') revoked.set(id, { object: 'api_key', id });
      if (action === 'resource_server.revoked') revoked.set(id, { object: 'resource_server', id });
      if (action !== 'api_key.rotated' && action !== 'api_key.updated') continue;
      if (isKnown.get(chain, sequence, hash) === undefined) (action === 'api_key.rotated' ? rotated : updated).add(id);
    }
  } catch {
    // A page of it is damaged: what stands before is of use all the same.
    isComplete = false;
  }
  return { revoked: [...revoked.values()], rotated: [...rotated], updated: [...updated], isComplete };
}
