import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { formatTimestamp } from '../keys/timestamp.ts';
import type { AuditEvent } from './audit-event.ts';

/** The chain of what operators did. Every other chain is named by its organization's id. */
export const OPERATOR_CHAIN = 'operator';

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
 * Makes the row that records `event` after `head`. Its members are those of the contract's `AuditEvent` but for `hash`, so that an
 * organization can compute the hash from what it is shown.
 *
 * @param chain the organization's id, or {@link OPERATOR_CHAIN}; part of the hashed bytes, so that a row cannot be passed off as
 *   another organization's
 */
export function chainRow(chain: string, head: ChainHead, event: AuditEvent): ChainedRow {
  const sequence = head.length + 1;
  const bytes = Buffer.from(
    canonicalJson({
      id: event.id,
      object: 'audit_event',
      action: event.action,
      occurred_at: formatTimestamp(event.occurredAt),
      actor: { type: event.actor.type, id: event.actor.type === 'api_key' ? event.actor.id : null },
      target: event.target,
      before: event.before,
      after: event.after,
      request_id: event.requestId,
      client_address: event.clientAddress,
      chain,
      sequence,
      previous_hash: toHex(head.hash),
    }),
  );
  return { sequence, bytes, hash: hashOf(bytes) };
}

/** The hash of a row's bytes. */
export function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** A hash as it is written for people and in JSON. */
export function toHex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
