import type { Statement } from 'better-sqlite3';
import type { EpochSeconds } from '../../keys/api-key.ts';
import type { SealedReply, SealedReplyLimits } from '../sealed-reply-store.ts';
import type { Connection } from './connection.ts';

/** How many replies whose time is over are pruned whenever one is added. More than one, so that it catches up. */
const PRUNED_PER_INSERT = 10;

/** The numbers of the two keys that a reply is about, as far as they are the organization's. */
const CALLER = '(SELECT sequence FROM api_keys WHERE id = :caller_id AND organization = :organization)';
const API_KEY = '(SELECT sequence FROM api_keys WHERE id = :api_key_id AND organization = :organization)';

interface SealedReplyRow {
  readonly look_up: Uint8Array;
  readonly caller_id: string;
  readonly fingerprint: Uint8Array;
  readonly api_key_id: string;
  readonly sealed_until: number;
  readonly expires_at: number;
  readonly sealed: Uint8Array | null;
}

/**
 * Reads and writes sealed replies. `organization` is the organization's number, not its id. Methods that discard ciphertexts return of how
 * many rows: whoever commits that has the WAL folded in after it, because the database file still holds them until then.
 */
export class SealedReplies {
  readonly #find: Statement<[{ organization: number; look_up: Uint8Array }], SealedReplyRow>;
  readonly #replace: Statement<[{ look_up: Uint8Array }]>;
  readonly #insert: Statement;
  readonly #latestNumber: Statement<[{ organization: number; caller_id: string }], { latest: number | null }>;
  readonly #discardUpTo: Statement<[{ organization: number; caller_id: string; up_to: number }]>;
  readonly #deleteUpTo: Statement<[{ organization: number; caller_id: string; up_to: number }]>;
  readonly #discardSecretsOf: Statement<[{ organization: number; api_key_id: string }]>;
  readonly #discardOver: Statement<[{ now: EpochSeconds; at_most: number }]>;
  readonly #deleteOver: Statement<[{ now: EpochSeconds; at_most: number }]>;

  constructor(connection: Connection) {
    this.#find = connection.prepare(`
      SELECT look_up, callers.id AS caller_id, fingerprint, made.id AS api_key_id, sealed_until,
        sealed_replies.expires_at, sealed
      FROM sealed_replies
        JOIN api_keys AS callers ON callers.sequence = sealed_replies.caller
        JOIN api_keys AS made ON made.sequence = sealed_replies.api_key
      WHERE look_up = :look_up AND callers.organization = :organization`);

    this.#replace = connection.prepare('DELETE FROM sealed_replies WHERE look_up = :look_up');

    this.#insert = connection.prepare(`
      INSERT INTO sealed_replies (
        look_up, caller, caller_number, fingerprint, api_key, sealed_until, expires_at, sealed)
      VALUES (
        :look_up, ${CALLER}, :caller_number, :fingerprint, ${API_KEY}, :sealed_until,
        :expires_at, :sealed)`);

    const ofCaller = `caller = ${CALLER} AND caller_number <= :up_to`;
    this.#latestNumber = connection.prepare(`
      SELECT max(caller_number) AS latest FROM sealed_replies WHERE caller = ${CALLER}`);
    this.#discardUpTo = connection.prepare(`
      UPDATE sealed_replies INDEXED BY sealed_replies_sealed SET sealed = NULL
      WHERE ${ofCaller} AND sealed IS NOT NULL`);
    this.#deleteUpTo = connection.prepare(`DELETE FROM sealed_replies WHERE ${ofCaller}`);

    this.#discardSecretsOf = connection.prepare(`
      UPDATE sealed_replies SET sealed = NULL WHERE api_key = ${API_KEY} AND sealed IS NOT NULL`);

    this.#discardOver = connection.prepare(`
      UPDATE sealed_replies SET sealed = NULL WHERE sealed_until <= :now AND sealed IS NOT NULL LIMIT :at_most`);
    this.#deleteOver = connection.prepare('DELETE FROM sealed_replies WHERE expires_at <= :now LIMIT :at_most');
  }

  find(organization: number, lookUp: Uint8Array): SealedReply | null {
    const row = this.#find.get({ organization, look_up: lookUp });
    return row === undefined ? null : toSealedReply(row);
  }

  insert(organization: number, reply: SealedReply, limits: SealedReplyLimits, now: EpochSeconds): number {
    const pruned = this.prune(now, PRUNED_PER_INSERT);
    this.#replace.run({ look_up: reply.lookUp });
    const caller = { organization, caller_id: reply.callerId };
    const number = (this.#latestNumber.get(caller)?.latest ?? 0) + 1;
    this.#insert.run({
      ...caller,
      look_up: reply.lookUp,
      caller_number: number,
      fingerprint: reply.fingerprint,
      api_key_id: reply.apiKeyId,
      sealed_until: reply.sealedUntil,
      expires_at: reply.expiresAt,
      sealed: reply.sealed,
    });
    const discarded = this.#discardUpTo.run({ ...caller, up_to: number - limits.sealed }).changes;
    this.#deleteUpTo.run({ ...caller, up_to: number - limits.kept });
    return pruned + discarded;
  }

  discardSecretsOf(organization: number, apiKeyId: string): number {
    return this.#discardSecretsOf.run({ organization, api_key_id: apiKeyId }).changes;
  }

  discardRepliesTo(organization: number, callerId: string): number {
    return this.#discardUpTo.run({ organization, caller_id: callerId, up_to: Number.MAX_SAFE_INTEGER }).changes;
  }

  prune(now: EpochSeconds, limit: number): number {
    // In this order: a ciphertext is overwritten where it stood (see configureWriter), the page of a deleted row may not be.
    const discarded = this.#discardOver.run({ now, at_most: limit }).changes;
    return discarded + this.#deleteOver.run({ now, at_most: limit }).changes;
  }
}

function toSealedReply(row: SealedReplyRow): SealedReply {
  return {
    lookUp: row.look_up,
    callerId: row.caller_id,
    fingerprint: row.fingerprint,
    apiKeyId: row.api_key_id,
    sealedUntil: row.sealed_until,
    expiresAt: row.expires_at,
    sealed: row.sealed,
  };
}
