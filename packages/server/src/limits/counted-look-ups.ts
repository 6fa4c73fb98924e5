import { isUsable } from '../keys/authenticate.ts';
import type { EpochSeconds } from '../keys/api-key.ts';
import type { ResourceServer } from '../introspection/resource-server.ts';
import type { Clock } from '../dependencies.ts';
import type { Credential, Store } from '../storage/store.ts';
import type { Charges } from './charges.ts';
import { createMemoryLimiter, type Tally } from './limiter.ts';

/** Looks up who sends a request and counts it. A store that several processes share does both in one round trip. */
export interface CountedLookUps {
  /**
   * The credential that a secret's digest belongs to, or null. The request is counted when the secret may be used at `now`; otherwise
   * there is no tally.
   */
  findApiKey(digest: Uint8Array, charges: Charges, now: EpochSeconds): Promise<Counted<Credential> | null>;

  /** The resource server of this id and this secret's digest, or null. The request is counted unless it is revoked. */
  findResourceServer(id: string, digest: Uint8Array, limit: number): Promise<Counted<ResourceServer> | null>;
}

export interface Counted<Found> {
  readonly found: Found;
  readonly tally: Tally | null;
}

/** Counts in this process, and looks up in a store that no other process counts for. */
export function countInMemory(store: Store, clock: Clock): CountedLookUps {
  const limiter = createMemoryLimiter(clock);
  return {
    async findApiKey(digest, { scopes, holding, lacking }, now) {
      const found = await store.findCredential(digest);
      if (found === null) return null;
      if (!isUsable(found, now)) return { found, tally: null };
      const { apiKey, organization } = found;
      const holds = scopes.every((scope) => apiKey.scopes.some((held) => held === scope));
      const { whose, budget, limitedAs, limit } = holds ? holding : lacking;
      const subject = whose === 'organization' ? organization.id : apiKey.id;
      return { found, tally: limiter.count(subject, budget, organization.limits[limitedAs] ?? limit) };
    },
    async findResourceServer(id, digest, limit) {
      const found = await store.resourceServers.find(digest);
      if (found?.id !== id) return null;
      return { found, tally: found.revokedAt === null ? limiter.count(found.id, 'introspections', limit) : null };
    },
  };
}
