import type { Statement } from 'better-sqlite3';
import type { ApiKey } from '../../keys/api-key.ts';
import { foldName } from '../api-key-name.ts';
import type { ApiKeyFilter, Page } from '../store.ts';
import type { Connection } from './connection.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, toApiKey } from './rows.ts';

/** `statusOf`, said in SQL. */
const STATUS_CONDITIONS: Readonly<Record<ApiKeyFilter['status'], string>> = {
  not_revoked: 'api_keys.revoked_at IS NULL',
  active: 'api_keys.revoked_at IS NULL AND (api_keys.expires_at IS NULL OR api_keys.expires_at > :now)',
  expired: 'api_keys.revoked_at IS NULL AND api_keys.expires_at <= :now',
  revoked: 'api_keys.revoked_at IS NOT NULL',
};

/** Lists and counts keys. Needs a connection with the function `fold_name`. */
export class ApiKeyList {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(organizationId: string, filter: ApiKeyFilter, page: Page): ApiKey[] {
    const rows = this.#prepare(
      `
      SELECT ${API_KEY_COLUMNS}
      FROM api_keys JOIN organizations ON organizations.sequence = api_keys.organization
      WHERE ${conditionsOf(filter)} AND api_keys.sequence < :before
      ORDER BY api_keys.sequence DESC
      LIMIT :limit`,
    ).all({
      ...parametersOf(organizationId, filter),
      before: page.before ?? Number.MAX_SAFE_INTEGER,
      limit: page.limit,
    });
    return (rows as ApiKeyRow[]).map(toApiKey);
  }

  count(organizationId: string, filter: ApiKeyFilter): number {
    const row = this.#prepare(
      `
      SELECT count(*) AS count
      FROM api_keys JOIN organizations ON organizations.sequence = api_keys.organization
      WHERE ${conditionsOf(filter)}`,
    ).get(parametersOf(organizationId, filter));
    return (row as { count: number }).count;
  }

  /** Each text is prepared once. There are few, because values are never part of them. */
  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function conditionsOf(filter: ApiKeyFilter): string {
  const conditions = ['organizations.id = :organization_id', STATUS_CONDITIONS[filter.status]];
  if (filter.createdBy !== undefined) conditions.push('api_keys.created_by = :created_by');
  // Not LIKE, in which a name's own % and _ would stand for anything.
  if (filter.nameContains !== undefined) conditions.push('instr(fold_name(api_keys.name_nfc), :name_contains) > 0');
  return conditions.join(' AND ');
}

function parametersOf(organizationId: string, filter: ApiKeyFilter): object {
  return {
    organization_id: organizationId,
    now: filter.now,
    created_by: filter.createdBy,
    name_contains: filter.nameContains === undefined ? undefined : foldName(filter.nameContains),
  };
}
