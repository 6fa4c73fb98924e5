import type { EpochSeconds } from '../../keys/api-key.ts';
import type { SealedReply, SealedReplyLimits, SealedReplyTransaction } from '../sealed-reply-store.ts';
import type { Queryable } from './queryable.ts';

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

/** Reads and writes the sealed replies of an organization, by its number. */
export class SealedReplies implements SealedReplyTransaction {
  readonly #transaction: Queryable;
  readonly #organization: number;

  constructor(transaction: Queryable, organization: number) {
    this.#transaction = transaction;
    this.#organization = organization;
  }

  async find(lookUp: Uint8Array): Promise<SealedReply | null> {
    const { rows } = await this.#transaction.query<SealedReplyRow>(
      `SELECT look_up, callers.id AS caller_id, fingerprint, made.id AS api_key_id, sealed_until,
         sealed_replies.expires_at, sealed
       FROM sealed_replies
         JOIN api_keys AS callers ON callers.organization = sealed_replies.organization AND callers.sequence = sealed_replies.caller
         JOIN api_keys AS made ON made.organization = sealed_replies.organization AND made.sequence = sealed_replies.api_key
       WHERE look_up = :look_up AND sealed_replies.organization = :organization`,
      { look_up: lookUp, organization: this.#organization },
    );
    return rows[0] === undefined ? null : toSealedReply(rows[0]);
  }

  async insert(reply: SealedReply, limits: SealedReplyLimits, now: EpochSeconds): Promise<void> {
    await this.#transaction.query('DELETE FROM sealed_replies WHERE look_up = :look_up', { look_up: reply.lookUp });
    const { rows } = await this.#transaction.query<{ caller: number; caller_number: number }>(
      `INSERT INTO sealed_replies (look_up, organization, caller, caller_number, fingerprint, api_key, sealed_until, expires_at, sealed)
       VALUES (:look_up, :organization, ${CALLER},
         (SELECT coalesce(max(caller_number), 0) + 1 FROM sealed_replies WHERE organization = :organization AND caller = ${CALLER}),
         :fingerprint, ${API_KEY}, :sealed_until, :expires_at, :sealed)
       RETURNING caller, caller_number`,
      {
        organization: this.#organization,
        look_up: reply.lookUp,
        caller_id: reply.callerId,
        fingerprint: reply.fingerprint,
        api_key_id: reply.apiKeyId,
        sealed_until: reply.sealedUntil,
        expires_at: reply.expiresAt,
        sealed: reply.sealed,
      },
    );
    const { caller, caller_number: number } = rows[0]!;
    await this.#transaction.query(
      'UPDATE sealed_replies SET sealed = NULL WHERE organization = :organization AND caller = :caller AND caller_number <= :up_to AND sealed IS NOT NULL',
      { organization: this.#organization, caller, up_to: number - limits.sealed },
    );
    await this.#transaction.query(
      'DELETE FROM sealed_replies WHERE organization = :organization AND caller = :caller AND caller_number <= :up_to',
      {
        organization: this.#organization,
        caller,
        up_to: number - limits.kept,
      },
    );
    // Last: from here on this transaction waits for no reply, so that two organizations that prune each other's do not wait in a circle.
    await pruneSealedReplies(this.#transaction, now, PRUNED_PER_INSERT);
  }

  async discardSecretsOf(apiKeyId: string): Promise<void> {
    await this.#transaction.query(
      `UPDATE sealed_replies SET sealed = NULL WHERE organization = :organization AND api_key = ${API_KEY} AND sealed IS NOT NULL`,
      { organization: this.#organization, api_key_id: apiKeyId },
    );
  }

  async discardRepliesTo(callerId: string): Promise<void> {
    await this.#transaction.query(
      `UPDATE sealed_replies SET sealed = NULL WHERE organization = :organization AND caller = ${CALLER} AND sealed IS NOT NULL`,
      { organization: this.#organization, caller_id: callerId },
    );
  }
}

/**
 * Discards ciphertexts whose time is over and deletes replies whose time is, at most `limit` of each. Passes over what another
 * transaction holds.
 */
export async function pruneSealedReplies(database: Queryable, now: EpochSeconds, limit: number): Promise<number> {
  const discarded = await database.query(
    `UPDATE sealed_replies SET sealed = NULL WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM sealed_replies WHERE sealed_until <= :now AND sealed IS NOT NULL
       LIMIT :at_most FOR UPDATE SKIP LOCKED))`,
    { now, at_most: limit },
  );
  const deleted = await database.query(
    `DELETE FROM sealed_replies WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM sealed_replies WHERE expires_at <= :now LIMIT :at_most FOR UPDATE SKIP LOCKED))`,
    { now, at_most: limit },
  );
  return discarded.count + deleted.count;
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
