import type { Statement } from 'better-sqlite3';
import type { EpochSeconds } from '../../keys/api-key.ts';
import type { RequestLog } from '../../request-logs/request-log.ts';
import type { RequestLogFilter, RequestLogPage, RequestLogPageRequest, RequestLogPlace } from '../request-log-store.ts';
import { MOST_ROWS_LOOKED_AT } from '../rows-looked-at.ts';
import { BoundedList, type ListQuery } from './bounded-list.ts';
import type { Connection } from './connection.ts';

/** Fewer where an index leads to the rows, which takes a look-up for each: they lie among those of all organizations. */
const MOST_ROWS_BY_INDEX = MOST_ROWS_LOOKED_AT / 5;

interface RequestLogRow {
  readonly organization_id: string;
  readonly occurred_at: number;
  readonly nth: number;
  readonly request_id: string;
  readonly method: string;
  readonly path: string;
  readonly path_template: string;
  readonly operation_id: string;
  readonly status: number | null;
  readonly duration_us: number;
  readonly error_type: string | null;
  readonly api_key_id: string;
  readonly api_key_prefix: string;
  readonly client_address: string | null;
}

/** Lists request logs. */
export class RequestLogQueries {
  readonly #list: BoundedList<RequestLogRow, { occurred_at: number; nth: number }>;

  constructor(connection: Connection) {
    this.#list = new BoundedList(connection);
  }

  list(organizationId: string, filter: RequestLogFilter, { before, limit }: RequestLogPageRequest): RequestLogPage {
    const parameters = {
      organization_id: organizationId,
      from: filter.from,
      before_occurred_at: before.occurredAt,
      before_nth: before.nth,
      status: filter.status,
      method: filter.method,
      api_key_id: filter.apiKeyId,
      path: filter.path,
    };
    const { rows, next } = this.#list.read(queryOf(filter), parameters, limit);
    return { rows: rows.map(toRequestLog), next: next === null ? null : toPlace(next) };
  }
}

function queryOf(filter: RequestLogFilter): ListQuery {
  const { source, conditions, mostRows } = accessOf(filter);
  return {
    from: `organizations JOIN ${source} ON request_logs.organization = organizations.sequence
      WHERE organizations.id = :organization_id AND ${conditions.join(' AND ')}
        AND occurred_at >= :from AND (occurred_at, nth) < (:before_occurred_at, :before_nth)`,
    table: 'request_logs',
    place: ['occurred_at', 'nth'],
    columns: 'organizations.id AS organization_id, request_logs.*',
    select: '*',
    mostRows,
    matches: matchesOf(filter),
  };
}

/** How the rows that a page looks at are found. */
interface Access {
  readonly source: string;
  readonly conditions: readonly string[];
  readonly mostRows: number;
}

/** The way to the rows with the fewest in vain. By itself SQLite would always take the primary key. */
function accessOf({ apiKeyId, status }: RequestLogFilter): Access {
  if (apiKeyId !== undefined) {
    return {
      source: 'request_logs INDEXED BY request_logs_api_key',
      conditions: ['api_key_id = :api_key_id'],
      mostRows: MOST_ROWS_BY_INDEX,
    };
  }
  if (status !== undefined && status >= 400) {
    return {
      source: 'request_logs INDEXED BY request_logs_errors',
      conditions: ['status = :status', 'status >= 400'], // the second is that of the index
      mostRows: MOST_ROWS_BY_INDEX,
    };
  }
  return { source: 'request_logs', conditions: ['TRUE'], mostRows: MOST_ROWS_LOOKED_AT };
}

function matchesOf(filter: RequestLogFilter): string[] {
  const conditions = [];
  if (filter.status !== undefined) conditions.push('status = :status');
  if (filter.method !== undefined) conditions.push('method = :method');
  if (filter.path !== undefined) conditions.push('(path = :path OR path_template = :path)');
  return conditions;
}

/** Adds and removes request logs. */
export class RequestLogChanges {
  readonly #insert: Statement;
  readonly #prune: Statement<[{ before: EpochSeconds; limit: number }]>;

  constructor(connection: Connection) {
    this.#insert = connection.prepare(`
      INSERT INTO request_logs (organization, occurred_at, nth, request_id, method, path, path_template, operation_id,
        status, duration_us, error_type, api_key_id, api_key_prefix, client_address)
      SELECT sequence, :occurred_at,
        (SELECT coalesce(max(nth), 0) + 1 FROM request_logs WHERE organization = sequence AND occurred_at = :occurred_at),
        :request_id, :method, :path, :path_template, :operation_id,
        :status, :duration_us, :error_type, :api_key_id, :api_key_prefix, :client_address
      FROM organizations WHERE id = :organization_id`);
    this.#prune = connection.prepare(`
      DELETE FROM request_logs WHERE (organization, occurred_at, nth) IN (
        SELECT organization, occurred_at, nth FROM request_logs INDEXED BY request_logs_age
        WHERE occurred_at < :before ORDER BY occurred_at LIMIT :limit)`);
  }

  insert(row: RequestLog): void {
    this.#insert.run({
      organization_id: row.organizationId,
      occurred_at: row.occurredAt,
      request_id: row.requestId,
      method: row.method,
      path: row.path,
      path_template: row.pathTemplate,
      operation_id: row.operationId,
      status: row.status,
      duration_us: Math.round(row.durationMs * 1000),
      error_type: row.errorType,
      api_key_id: row.apiKeyId,
      api_key_prefix: row.apiKeyPrefix,
      client_address: row.clientAddress,
    });
  }

  prune(before: EpochSeconds, limit: number): number {
    return this.#prune.run({ before, limit }).changes;
  }
}

function toPlace({ occurred_at, nth }: { occurred_at: number; nth: number }): RequestLogPlace {
  return { occurredAt: occurred_at, nth };
}

function toRequestLog(row: RequestLogRow): RequestLog {
  return {
    organizationId: row.organization_id,
    requestId: row.request_id,
    occurredAt: row.occurred_at,
    method: row.method,
    path: row.path,
    pathTemplate: row.path_template,
    operationId: row.operation_id,
    status: row.status,
    durationMs: row.duration_us / 1000,
    errorType: row.error_type,
    apiKeyId: row.api_key_id,
    apiKeyPrefix: row.api_key_prefix,
    clientAddress: row.client_address,
  };
}
