import { createHash } from 'node:crypto';
import type { AuditEvent, AuditValue } from './audit-event.ts';

/** The end of a chain: how many rows it has, and the hash of the last. */
export interface ChainHead {
  readonly length: number;
  readonly hash: Uint8Array;
}

/** An audit row as it is stored: the bytes that were hashed, and their hash. */
export interface ChainedRow {
  /** Position in the chain, from 1. */
  readonly sequence: number;
  /** Canonical JSON, UTF-8. Holds the position and the hash of the row before, so that no row can be changed, moved or cut out unseen. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`. */
  readonly hash: Uint8Array;
}

/** The head of a chain without rows. */
export const EMPTY_CHAIN: ChainHead = { length: 0, hash: new Uint8Array(32) };

/**
 * Makes the row that records `event` after `head`.
 *
 * @param chain the organization's id, or `operator` for the operators' own chain; part of the hashed bytes, so that a row cannot
 *   be passed off as another organization's
 */
export function chainRow(chain: string, head: ChainHead, event: AuditEvent): ChainedRow {
  const sequence = head.length + 1;
  const bytes = Buffer.from(
    canonicalJson({
      chain,
      sequence,
      previous_hash: Buffer.from(head.hash).toString('hex'),
      id: event.id,
      action: event.action,
      occurred_at: event.occurredAt,
      actor: event.actor,
      target: event.target,
      before: event.before,
      after: event.after,
      request_id: event.requestId,
      client_address: event.clientAddress,
    }),
  );
  return { sequence, bytes, hash: createHash('sha256').update(bytes).digest() };
}

/** JSON with sorted member names and no white space (as RFC 8785 for the values that an event can hold). */
function canonicalJson(value: AuditValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
