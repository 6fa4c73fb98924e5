import type { ApiKey } from '../../keys/api-key.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, type LimitsRow, toApiKey, toLimits } from '../rows.ts';
import type { Credential } from '../store.ts';
import type { Queryable } from './queryable.ts';

export interface CredentialRow extends ApiKeyRow, LimitsRow {
  readonly organization_name: string;
  readonly organization_created_at: number;
  readonly secret: Credential['secret'];
}

const FROM = 'FROM api_keys JOIN organizations ON organizations.sequence = api_keys.organization';

/** The credential that a digest belongs to: one row or none. */
export const SELECT_CREDENTIAL = `
  SELECT ${API_KEY_COLUMNS},
    organizations.name AS organization_name, organizations.created_at AS organization_created_at,
    organizations.read_limit, organizations.write_limit,
    CASE WHEN api_keys.secret_digest = :digest THEN 'current' ELSE 'previous' END AS secret
  ${FROM}
  WHERE api_keys.secret_digest = :digest OR api_keys.previous_secret_digest = :digest
  ORDER BY secret LIMIT 1`;

export async function findApiKey(database: Queryable, organizationId: string, id: string): Promise<ApiKey | null> {
  const { rows } = await database.query<ApiKeyRow>(
    `SELECT ${API_KEY_COLUMNS} ${FROM} WHERE api_keys.id = :id AND organizations.id = :organization_id`,
    { id, organization_id: organizationId },
  );
  return rows[0] === undefined ? null : toApiKey(rows[0]);
}

/** The id of the organization that a key belongs to, or null. */
export async function findOrganizationOf(database: Queryable, id: string): Promise<string | null> {
  const { rows } = await database.query<{ organization_id: string }>(
    `SELECT organizations.id AS organization_id ${FROM} WHERE api_keys.id = :id`,
    { id },
  );
  return rows[0]?.organization_id ?? null;
}

export async function findCredential(database: Queryable, digest: Uint8Array): Promise<Credential | null> {
  const { rows } = await database.query<CredentialRow>(SELECT_CREDENTIAL, { digest });
  return rows[0] === undefined ? null : toCredential(rows[0]);
}

export function toCredential(row: CredentialRow): Credential {
  return {
    apiKey: toApiKey(row),
    organization: {
      id: row.organization_id,
      name: row.organization_name,
      createdAt: row.organization_created_at,
      limits: toLimits(row),
    },
    secret: row.secret,
  };
}
