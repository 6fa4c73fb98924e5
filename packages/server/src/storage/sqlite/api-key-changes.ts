import type { Statement } from 'better-sqlite3';
import type { ApiKey, EpochSeconds } from '../../keys/api-key.ts';
import { normalizeName } from '../api-key-name.ts';
import type { NewApiKey } from '../store.ts';
import type { Connection } from './connection.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, toApiKey, writeMetadata, writeScopes } from '../rows.ts';
import { isUniqueViolation } from './sqlite-errors.ts';

/**
 * Writes keys, and asks what must be known before. `organization` is the organization's number, not its id.
 *
 * Whether a name, an id or a digest is free is decided by the unique indexes and by nothing else.
 */
export class ApiKeyChanges {
  readonly #insert: Statement;
  readonly #save: Statement;
  readonly #findNameHolder: Statement<[{ organization: number; name_nfc: string }], ApiKeyRow>;
  readonly #findOtherManager: Statement<[{ organization: number; id: string; now: EpochSeconds }]>;
  readonly #recordUse: Statement<[{ id: string; used_at: EpochSeconds }]>;

  constructor(connection: Connection) {
    this.#insert = connection.prepare(`
      INSERT INTO api_keys (
        id, organization, name, name_nfc, prefix, scopes, metadata, created_at, created_by, expires_at, secret_digest)
      VALUES (
        :id, :organization, :name, :name_nfc, :prefix, :scopes, :metadata, :created_at, :created_by, :expires_at,
        :secret_digest)`);

    // On the right-hand side, columns have the values from before the update.
    this.#save = connection.prepare(`
      UPDATE api_keys SET
        name = :name,
        name_nfc = :name_nfc,
        prefix = :prefix,
        scopes = :scopes,
        metadata = :metadata,
        expires_at = :expires_at,
        rotated_at = :rotated_at,
        revoked_at = :revoked_at,
        previous_secret_expires_at = :previous_secret_expires_at,
        previous_secret_digest = CASE
          WHEN :previous_secret_expires_at IS NULL THEN NULL
          WHEN :new_secret_digest IS NULL THEN previous_secret_digest
          ELSE secret_digest
        END,
        secret_digest = coalesce(:new_secret_digest, secret_digest),
        version = version + 1
      WHERE id = :id AND organization = :organization AND version = :version`);

    this.#findNameHolder = connection.prepare(`
      SELECT ${API_KEY_COLUMNS}
      FROM api_keys JOIN organizations ON organizations.sequence = api_keys.organization
      WHERE api_keys.organization = :organization AND api_keys.name_nfc = :name_nfc AND api_keys.revoked_at IS NULL`);

    // Left to itself, SQLite would take an index that holds all the organization's keys.
    this.#findOtherManager = connection.prepare(`
      SELECT 1 FROM api_keys INDEXED BY api_keys_managers
      WHERE organization = :organization AND is_manager = 1 AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > :now) AND id <> :id
      LIMIT 1`);

    this.#recordUse = connection.prepare(`
      UPDATE api_keys SET last_used_at = :used_at
      WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :used_at)`);
  }

  insert(organization: number, key: NewApiKey, secretDigest: Uint8Array): 'inserted' | 'name_taken' | 'id_taken' {
    try {
      this.#insert.run({
        id: key.id,
        organization,
        name: key.name,
        name_nfc: normalizeName(key.name),
        prefix: key.prefix,
        scopes: writeScopes(key.scopes),
        metadata: writeMetadata(key.metadata),
        created_at: key.createdAt,
        created_by: key.createdBy,
        expires_at: key.expiresAt,
        secret_digest: secretDigest,
      });
      return 'inserted';
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      return this.findNameHolder(organization, key.name) === null ? 'id_taken' : 'name_taken';
    }
  }

  save(organization: number, key: ApiKey, newSecretDigest?: Uint8Array): 'saved' | 'name_taken' | 'changed_meanwhile' {
    try {
      const { changes } = this.#save.run({
        id: key.id,
        organization,
        version: key.version,
        name: key.name,
        name_nfc: normalizeName(key.name),
        prefix: key.prefix,
        scopes: writeScopes(key.scopes),
        metadata: writeMetadata(key.metadata),
        expires_at: key.expiresAt,
        rotated_at: key.rotatedAt,
        previous_secret_expires_at: key.previousSecretExpiresAt,
        revoked_at: key.revokedAt,
        new_secret_digest: newSecretDigest ?? null,
      });
      return changes === 0 ? 'changed_meanwhile' : 'saved';
    } catch (error) {
      const holder = isUniqueViolation(error) ? this.findNameHolder(organization, key.name) : null;
      if (holder === null || holder.id === key.id) throw error;
      return 'name_taken';
    }
  }

  findNameHolder(organization: number, name: string): ApiKey | null {
    const row = this.#findNameHolder.get({ organization, name_nfc: normalizeName(name) });
    return row === undefined ? null : toApiKey(row);
  }

  hasOtherManager(organization: number, id: string, now: EpochSeconds): boolean {
    return this.#findOtherManager.get({ organization, id, now }) !== undefined;
  }

  recordUse(id: string, usedAt: EpochSeconds): void {
    this.#recordUse.run({ id, used_at: usedAt });
  }
}
