import type { ApiKey, EpochSeconds } from '../../keys/api-key.ts';
import { foldName, normalizeName } from '../api-key-name.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, toApiKey, writeMetadata, writeScopes } from '../rows.ts';
import type { NewApiKey } from '../store.ts';
import type { Queryable } from './queryable.ts';

/**
 * Writes keys, and asks what must be known before. `organization` is the organization's number, not its id.
 *
 * Whether a name, an id or a digest is free is decided by the unique indexes and by nothing else.
 */
export class ApiKeyChanges {
  readonly #transaction: Queryable;
  readonly #organization: number;

  constructor(transaction: Queryable, organization: number) {
    this.#transaction = transaction;
    this.#organization = organization;
  }

  async insert(key: NewApiKey, secretDigest: Uint8Array): Promise<'inserted' | 'name_taken' | 'id_taken'> {
    // Not an error, which would end the transaction.
    const { count } = await this.#transaction.query(
      `INSERT INTO api_keys (
         id, organization, name, name_nfc, name_folded, prefix, scopes, metadata, created_at, created_by, expires_at, secret_digest)
       VALUES (
         :id, :organization, :name, :name_nfc, :name_folded, :prefix, :scopes, :metadata, :created_at, :created_by, :expires_at,
         :secret_digest)
       ON CONFLICT DO NOTHING`,
      {
        id: key.id,
        organization: this.#organization,
        ...namesOf(key.name),
        prefix: key.prefix,
        scopes: writeScopes(key.scopes),
        metadata: writeMetadata(key.metadata),
        created_at: key.createdAt,
        created_by: key.createdBy,
        expires_at: key.expiresAt,
        secret_digest: secretDigest,
      },
    );
    if (count === 1) return 'inserted';
    return (await this.findNameHolder(key.name)) === null ? 'id_taken' : 'name_taken';
  }

  async save(key: ApiKey, newSecretDigest?: Uint8Array): Promise<'saved' | 'name_taken' | 'changed_meanwhile'> {
    // The name is looked for first, because the unique index would end the transaction. Nobody can take it in between: names are only
    // taken under the organization's lock. On the right-hand side, columns have the values from before the update.
    const { count } = await this.#transaction.query(
      `UPDATE api_keys SET
         name = :name,
         name_nfc = :name_nfc,
         name_folded = :name_folded,
         prefix = :prefix,
         scopes = :scopes,
         metadata = :metadata,
         expires_at = :expires_at,
         rotated_at = :rotated_at,
         revoked_at = :revoked_at,
         previous_secret_expires_at = :previous_secret_expires_at,
         previous_secret_digest = CASE
           WHEN :previous_secret_expires_at::bigint IS NULL THEN NULL
           WHEN :new_secret_digest::bytea IS NULL THEN previous_secret_digest
           ELSE secret_digest
         END,
         secret_digest = coalesce(:new_secret_digest, secret_digest),
         version = version + 1
       WHERE id = :id AND organization = :organization AND version = :version
         AND (:revoked_at::bigint IS NOT NULL OR NOT EXISTS (
           SELECT 1 FROM api_keys AS holder
           WHERE holder.organization = :organization AND holder.name_nfc = :name_nfc AND holder.revoked_at IS NULL
             AND holder.id <> :id))`,
      {
        id: key.id,
        organization: this.#organization,
        version: key.version,
        ...namesOf(key.name),
        prefix: key.prefix,
        scopes: writeScopes(key.scopes),
        metadata: writeMetadata(key.metadata),
        expires_at: key.expiresAt,
        rotated_at: key.rotatedAt,
        previous_secret_expires_at: key.previousSecretExpiresAt,
        revoked_at: key.revokedAt,
        new_secret_digest: newSecretDigest ?? null,
      },
    );
    if (count === 1) return 'saved';
    const { rows } = await this.#transaction.query(
      'SELECT 1 FROM api_keys WHERE id = :id AND organization = :organization AND version = :version',
      { id: key.id, organization: this.#organization, version: key.version },
    );
    return rows.length === 0 ? 'changed_meanwhile' : 'name_taken';
  }

  async findNameHolder(name: string): Promise<ApiKey | null> {
    const { rows } = await this.#transaction.query<ApiKeyRow>(
      `SELECT ${API_KEY_COLUMNS}
       FROM api_keys JOIN organizations ON organizations.sequence = api_keys.organization
       WHERE api_keys.organization = :organization AND api_keys.name_nfc = :name_nfc AND api_keys.revoked_at IS NULL`,
      { organization: this.#organization, name_nfc: normalizeName(name) },
    );
    return rows[0] === undefined ? null : toApiKey(rows[0]);
  }

  async hasOtherManager(id: string, now: EpochSeconds): Promise<boolean> {
    const { rows } = await this.#transaction.query(
      `SELECT 1 FROM api_keys
       WHERE organization = :organization AND is_manager AND revoked_at IS NULL
         AND (expires_at IS NULL OR expires_at > :now) AND id <> :id
       LIMIT 1`,
      { organization: this.#organization, id, now },
    );
    return rows.length > 0;
  }
}

function namesOf(name: string) {
  return { name, name_nfc: normalizeName(name), name_folded: foldName(name) };
}
