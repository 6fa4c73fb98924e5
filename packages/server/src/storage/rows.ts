import type { ApiKey, Organization, OrganizationLimits, Scope } from '../keys/api-key.ts';

/**
 * What is read of a key: all but the digests, which nobody needs and no log should meet. For a query that joins
 * `api_keys` with `organizations`.
 */
export const API_KEY_COLUMNS = `
  organizations.id AS organization_id,
  api_keys.sequence, api_keys.id, api_keys.name, api_keys.prefix, api_keys.scopes, api_keys.metadata,
  api_keys.created_at, api_keys.created_by, api_keys.expires_at, api_keys.last_used_at, api_keys.rotated_at,
  api_keys.previous_secret_expires_at, api_keys.revoked_at, api_keys.version`;

/** A row of {@link API_KEY_COLUMNS}. */
export interface ApiKeyRow {
  readonly organization_id: string;
  readonly sequence: number;
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: string;
  readonly metadata: string;
  readonly created_at: number;
  readonly created_by: string | null;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
  readonly rotated_at: number | null;
  readonly previous_secret_expires_at: number | null;
  readonly revoked_at: number | null;
  readonly version: number;
}

export const ORGANIZATION_COLUMNS = 'sequence, id, name, created_at, read_limit, write_limit';

/** A row of {@link ORGANIZATION_COLUMNS}. */
export interface OrganizationRow extends LimitsRow {
  readonly sequence: number;
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
}

/** The columns of `organizations` that hold its limits. */
export interface LimitsRow {
  readonly read_limit: number | null;
  readonly write_limit: number | null;
}

export function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    organizationId: row.organization_id,
    sequence: row.sequence,
    name: row.name,
    prefix: row.prefix,
    scopes: readScopes(row.scopes),
    metadata: readMetadata(row.metadata),
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    rotatedAt: row.rotated_at,
    previousSecretExpiresAt: row.previous_secret_expires_at,
    revokedAt: row.revoked_at,
    version: row.version,
  };
}

export function toOrganization(row: OrganizationRow): Organization {
  return { id: row.id, name: row.name, createdAt: row.created_at, limits: toLimits(row) };
}

export function toLimits(row: LimitsRow): OrganizationLimits {
  return { reads: row.read_limit, writes: row.write_limit };
}

export function writeScopes(scopes: readonly Scope[]): string {
  return scopes.join(' ');
}

export function writeMetadata(metadata: ApiKey['metadata']): string {
  return JSON.stringify(metadata);
}

export function readScopes(text: string): Scope[] {
  // The cast holds because only scopes of the contract are ever written.
  return text.split(' ') as Scope[];
}

function readMetadata(text: string): ApiKey['metadata'] {
  // The cast holds because only writeMetadata writes. JSON.parse makes an own property even of `__proto__`.
  return JSON.parse(text) as ApiKey['metadata'];
}
