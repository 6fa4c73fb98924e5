import type { EpochSeconds, Scope } from '../keys/api-key.ts';

/**
 * A service that opens doors to API keys, such as the trademark API or a gateway, as it is kept: without its secret. It belongs to
 * no organization, and sees the keys of every one.
 */
export interface ResourceServer {
  readonly id: string;
  /** For people. Another resource server may have the same. */
  readonly name: string;
  /** The first 10 characters of the secret. */
  readonly prefix: string;
  /** The scopes that it may learn of. */
  readonly scopes: readonly Scope[];
  readonly createdAt: EpochSeconds;
  /** From when on it is refused, for good. */
  readonly revokedAt: EpochSeconds | null;
}
