import type { components } from '@signa/openapi';

/** What a key may do. The registry is the enum `Scope` of the contract. */
export type Scope = components['schemas']['Scope'];

export type ApiKeyStatus = components['schemas']['ApiKeyStatus'];

/** Whole seconds since 1970-01-01T00:00:00Z: the resolution of every time in the contract. */
export type EpochSeconds = number;

/** An API key as it is kept, without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly organizationId: string;
  /** Position in the order of insertion within the store. Grows, never reused. */
  readonly sequence: number;
  readonly name: string;
  /** The first 8 characters of the current secret. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: EpochSeconds;
  /** The id of the key that created this one; null when an operator did. */
  readonly createdBy: string | null;
  readonly expiresAt: EpochSeconds | null;
  readonly lastUsedAt: EpochSeconds | null;
  readonly rotatedAt: EpochSeconds | null;
  /** End of the latest rotation's grace period. May lie in the past: then the previous secret is dead. */
  readonly previousSecretExpiresAt: EpochSeconds | null;
  readonly revokedAt: EpochSeconds | null;
  /** Counts the changes to this key (not its uses), so that a change can insist on the state it was decided on. */
  readonly version: number;
}

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: EpochSeconds;
  readonly limits: OrganizationLimits;
}

/** Kinds of requests of which an organization may send so many a minute. */
export type OrganizationBudget = 'reads' | 'writes';

/** The limits that an operator gave an organization. Null where the process's own applies. */
export type OrganizationLimits = Readonly<Record<OrganizationBudget, number | null>>;

/** Revoked wins over expired; a key is expired from the second of its `expiresAt` on. */
export function statusOf(key: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: EpochSeconds): ApiKeyStatus {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'active';
}

/** When the previous secret stops working, or null when it already has. */
export function graceEndOf(key: Pick<ApiKey, 'previousSecretExpiresAt'>, now: EpochSeconds): EpochSeconds | null {
  return key.previousSecretExpiresAt !== null && key.previousSecretExpiresAt > now ? key.previousSecretExpiresAt : null;
}
