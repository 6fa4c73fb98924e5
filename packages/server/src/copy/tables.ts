import { foldName } from '../storage/api-key-name.ts';

type ColumnType = 'bigint' | 'text' | 'bytea';

/** A table as it is copied from SQLite to PostgreSQL. */
export interface CopiedTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Reads the columns in SQLite, in the order in which they are to be inserted. */
  readonly source: string;
  /** Adds what only the program can work out. */
  readonly complete?: (row: Record<string, unknown>) => Record<string, unknown>;
  /** The column that PostgreSQL goes on numbering. */
  readonly numbered?: string;
}

/** All that is kept, each table after those that it refers to. Counts of limits are not: they hold for a minute. */
export const COPIED_TABLES: readonly CopiedTable[] = [
  {
    name: 'organizations',
    columns: {
      sequence: 'bigint',
      id: 'text',
      name: 'text',
      created_at: 'bigint',
      read_limit: 'bigint',
      write_limit: 'bigint',
      audit_length: 'bigint',
      audit_head: 'bytea',
    },
    source: 'SELECT * FROM organizations ORDER BY sequence',
    numbered: 'sequence',
  },
  {
    name: 'api_keys',
    columns: {
      organization: 'bigint',
      sequence: 'bigint',
      id: 'text',
      name: 'text',
      name_nfc: 'text',
      name_folded: 'text',
      prefix: 'text',
      scopes: 'text',
      metadata: 'text',
      created_at: 'bigint',
      created_by: 'text',
      expires_at: 'bigint',
      last_used_at: 'bigint',
      rotated_at: 'bigint',
      previous_secret_expires_at: 'bigint',
      revoked_at: 'bigint',
      version: 'bigint',
      secret_digest: 'bytea',
      previous_secret_digest: 'bytea',
      hash_version: 'bigint',
    },
    source: 'SELECT * FROM api_keys ORDER BY sequence',
    complete: (row) => ({ ...row, name_folded: foldName(row['name_nfc'] as string) }),
    numbered: 'sequence',
  },
  {
    name: 'audit_events',
    columns: {
      chain: 'text',
      sequence: 'bigint',
      bytes: 'bytea',
      hash: 'bytea',
      action: 'text',
      actor_id: 'text',
      target_id: 'text',
      occurred_at: 'bigint',
    },
    source: 'SELECT * FROM audit_events ORDER BY chain, sequence',
  },
  {
    name: 'audit_days',
    columns: { chain: 'text', day: 'bigint', first_sequence: 'bigint', last_sequence: 'bigint' },
    source: 'SELECT * FROM audit_days ORDER BY chain, day',
  },
  {
    name: 'operator_audit',
    columns: { id: 'bigint', audit_length: 'bigint', audit_head: 'bytea' },
    source: 'SELECT * FROM operator_audit',
  },
  {
    name: 'resource_servers',
    columns: {
      sequence: 'bigint',
      id: 'text',
      name: 'text',
      prefix: 'text',
      scopes: 'text',
      created_at: 'bigint',
      revoked_at: 'bigint',
      secret_digest: 'bytea',
      hash_version: 'bigint',
    },
    source: 'SELECT * FROM resource_servers ORDER BY sequence',
    numbered: 'sequence',
  },
  {
    name: 'sealed_replies',
    columns: {
      look_up: 'bytea',
      organization: 'bigint',
      caller: 'bigint',
      caller_number: 'bigint',
      fingerprint: 'bytea',
      api_key: 'bigint',
      sealed_until: 'bigint',
      expires_at: 'bigint',
      sealed: 'bytea',
    },
    source: `SELECT api_keys.organization, sealed_replies.* FROM sealed_replies
      JOIN api_keys ON api_keys.sequence = sealed_replies.caller`,
  },
  {
    name: 'request_logs',
    columns: {
      organization: 'bigint',
      occurred_at: 'bigint',
      nth: 'bigint',
      request_id: 'text',
      method: 'text',
      path: 'text',
      path_template: 'text',
      operation_id: 'text',
      status: 'bigint',
      duration_us: 'bigint',
      error_type: 'text',
      api_key_id: 'text',
      api_key_prefix: 'text',
      client_address: 'text',
    },
    source: 'SELECT * FROM request_logs',
    numbered: 'nth',
  },
  {
    name: 'usage_counts',
    columns: {
      organization: 'bigint',
      kind: 'text',
      day: 'bigint',
      member: 'text',
      requests: 'bigint',
      errors: 'bigint',
    },
    source: 'SELECT * FROM usage_counts',
  },
  {
    name: 'scope_uses',
    columns: { organization: 'bigint', api_key: 'bigint', scope: 'text', last_needed_at: 'bigint' },
    source:
      'SELECT api_keys.organization, scope_uses.* FROM scope_uses JOIN api_keys ON api_keys.sequence = scope_uses.api_key',
  },
  {
    name: 'scope_uses_began',
    columns: { last_api_key: 'bigint', at: 'bigint' },
    source: 'SELECT * FROM scope_uses_began',
  },
];
