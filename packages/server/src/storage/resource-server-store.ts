import type { ResourceServer } from '../introspection/resource-server.ts';

/** The resource servers. An operator's transaction makes and revokes them; see `OperatorTransaction`. */
export interface ResourceServerStore {
  /** The resource server that a secret's digest belongs to, or null. It may be revoked. */
  find(digest: Uint8Array): Promise<ResourceServer | null>;

  /** All there ever were, the oldest first. */
  list(): Promise<ResourceServer[]>;
}

/** A resource server before it is in the store. */
export type NewResourceServer = Omit<ResourceServer, 'revokedAt'>;
