import type { EpochSeconds } from '../keys/api-key.ts';

/**
 * The reply to a request with an Idempotency-Key, kept so that a retry gets it again, and sealed so that nobody can read it here.
 * Without its ciphertext it is a tombstone, which says only that the request was carried out, and on which key.
 */
export interface SealedReply {
  /** What caller and Idempotency-Key together come to: 32 bytes that only the caller's secret can make. */
  readonly lookUp: Uint8Array;
  /** The key that sent the request. */
  readonly callerId: string;
  /** What the request asked for: 32 bytes, alike for the same operation, path and body. */
  readonly fingerprint: Uint8Array;
  /** The key whose secret the reply holds. */
  readonly apiKeyId: string;
  /** From this second on the reply is not given again. */
  readonly sealedUntil: EpochSeconds;
  /** From this second on it is as if the request had never been sent. */
  readonly expiresAt: EpochSeconds;
  /** The ciphertext, or null once it has been discarded. */
  readonly sealed: Uint8Array | null;
}

/** How much of one caller is kept at most. */
export interface SealedReplyLimits {
  /** Of a caller's replies only this many keep their ciphertext, the newest. */
  readonly sealed: number;
  /** Of a caller's replies only this many are kept at all, the newest. */
  readonly kept: number;
}

/** Sealed replies, as far as no organization need be locked for them. */
export interface SealedReplyStore {
  /**
   * Discards ciphertexts whose time is over, and deletes replies whose time is: at most `limit` of each. To be called until it
   * returns 0, the number of those it found.
   */
  prune(now: EpochSeconds, limit: number): Promise<number>;
}

/** Sealed replies of an organization that is locked. */
export interface SealedReplyTransaction {
  /** The reply under a look-up, or null; another organization's is null too. May have expired. */
  find(lookUp: Uint8Array): Promise<SealedReply | null>;

  /**
   * Keeps a reply, in place of one with the same look-up. The caller's oldest beyond `limits` lose their ciphertext or are deleted,
   * and a few replies of any caller whose time is over at `now` are pruned, so that writing alone keeps the store small.
   */
  insert(reply: SealedReply, limits: SealedReplyLimits, now: EpochSeconds): Promise<void>;

  /** Discards the ciphertext of every reply that holds a secret of this key. */
  discardSecretsOf(apiKeyId: string): Promise<void>;

  /** Discards the ciphertext of every reply that this key was given, whichever of its secrets asked. */
  discardRepliesTo(callerId: string): Promise<void>;
}
