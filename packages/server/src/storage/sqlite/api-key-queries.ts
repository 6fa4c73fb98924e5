import type { Statement } from 'better-sqlite3';
import type { ApiKey } from '../../keys/api-key.ts';
import type { Credential } from '../store.ts';
import type { Connection } from './connection.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, type LimitsRow, toApiKey, toLimits } from '../rows.ts';

interface CredentialRow extends ApiKeyRow, LimitsRow {
  readonly organization_name: string;
  readonly organization_created_at: number;
}

/** Finds single keys. */
export class ApiKeyQueries {
  readonly #find: Statement<[{ organization_id: string; id: string }], ApiKeyRow>;
  readonly #findOrganization: Statement<[{ id: string }], { organization_id: string }>;
  readonly #findBySecret: Statement<[{ digest: Uint8Array }], CredentialRow>;
  readonly #findByPreviousSecret: Statement<[{ digest: Uint8Array }], CredentialRow>;

  constructor(connection: Connection) {
    this.#find = connection.prepare(`
      SELECT ${API_KEY_COLUMNS}
      FROM api_keys JOIN organizations ON organizations.sequence = api_keys.organization
      WHERE api_keys.id = :id AND organizations.id = :organization_id`);

    this.#findOrganization = connection.prepare(`
      SELECT organizations.id AS organization_id
      FROM api_keys JOIN organizations ON organizations.sequence = api_keys.organization
      WHERE api_keys.id = :id`);

    const selectCredential = `
      SELECT ${API_KEY_COLUMNS},
        organizations.name AS organization_name, organizations.created_at AS organization_created_at,
        organizations.read_limit, organizations.write_limit
      FROM api_keys JOIN organizations ON organizations.sequence = api_keys.organization`;
    this.#findBySecret = connection.prepare(`${selectCredential} WHERE api_keys.secret_digest = :digest`);
    this.#findByPreviousSecret = connection.prepare(
      `${selectCredential} WHERE api_keys.previous_secret_digest = :digest`,
    );
  }

  find(organizationId: string, id: string): ApiKey | null {
    const row = this.#find.get({ organization_id: organizationId, id });
    return row === undefined ? null : toApiKey(row);
  }

  findOrganizationOf(id: string): string | null {
    return this.#findOrganization.get({ id })?.organization_id ?? null;
  }

  findCredential(digest: Uint8Array): Credential | null {
    const current = this.#findBySecret.get({ digest });
    if (current !== undefined) return toCredential(current, 'current');
    const previous = this.#findByPreviousSecret.get({ digest });
    return previous === undefined ? null : toCredential(previous, 'previous');
  }
}

function toCredential(row: CredentialRow, secret: Credential['secret']): Credential {
  return {
    apiKey: toApiKey(row),
    organization: {
      id: row.organization_id,
      name: row.organization_name,
      createdAt: row.organization_created_at,
      limits: toLimits(row),
    },
    secret,
  };
}
