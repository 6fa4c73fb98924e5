import type { EpochSeconds } from '../../keys/api-key.ts';
import type { RequestLog } from '../../request-logs/request-log.ts';
import type { RequestLogFilter, RequestLogPage, RequestLogPageRequest } from '../request-log-store.ts';
import { MOST_ROWS_LOOKED_AT } from '../rows-looked-at.ts';
import { type ListQuery, readBoundedPage } from './bounded-list.ts';
import type { Queryable } from './queryable.ts';

/** Fewer where an index leads to the rows, which takes a look-up for each: they lie among those of all organizations. */
const MOST_ROWS_BY_INDEX = MOST_ROWS_LOOKED_AT / 5;

interface RequestLogRow {
  readonly occurred_at: number;
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

export async function listRequestLogs(
  database: Queryable,
  organizationId: string,
  filter: RequestLogFilter,
  { before, limit }: RequestLogPageRequest,
): Promise<RequestLogPage> {
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
  const { rows, next } = await readBoundedPage<RequestLogRow>(database, queryOf(filter), parameters, limit);
  return {
    rows: rows.map((row) => toRequestLog(organizationId, row)),
    next: next === null ? null : { occurredAt: next[0]!, nth: next[1]! },
  };
}

/** Adds rows, in their order, in one statement. */
export async function insertRequestLogs(transaction: Queryable, rows: readonly RequestLog[]): Promise<void> {
  await transaction.query(
    `INSERT INTO request_logs (organization, occurred_at, request_id, method, path, path_template, operation_id,
       status, duration_us, error_type, api_key_id, api_key_prefix, client_address)
     SELECT organizations.sequence, occurred_at, request_id, method, path, path_template, operation_id,
       status, duration_us, error_type, api_key_id, api_key_prefix, client_address
     FROM json_to_recordset(:rows) AS added (position bigint, organization_id text, occurred_at bigint, request_id text,
         method text, path text, path_template text, operation_id text, status integer, duration_us bigint, error_type text,
         api_key_id text, api_key_prefix text, client_address text)
       JOIN organizations ON organizations.id = added.organization_id
     ORDER BY position`,
    {
      rows: JSON.stringify(
        rows.map((row, position) => ({
          position,
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
        })),
      ),
    },
  );
}

/**
 * Several instances may prune at once: each takes rows that no other has. As an array they are sought once; a subquery of IN may be
 * sought again for each row, and then find more than `limit`.
 */
export async function pruneRequestLogs(database: Queryable, before: EpochSeconds, limit: number): Promise<number> {
  const { count } = await database.query(
    `DELETE FROM request_logs WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM request_logs
       WHERE occurred_at < :before ORDER BY occurred_at LIMIT :limit FOR UPDATE SKIP LOCKED))`,
    { before, limit },
  );
  return count;
}

function queryOf(filter: RequestLogFilter): ListQuery {
  const { conditions, mostRows } = accessOf(filter);
  return {
    from: `request_logs
      WHERE organization = (SELECT sequence FROM organizations WHERE id = :organization_id)
        AND ${conditions.join(' AND ')}
        AND occurred_at >= :from AND (occurred_at, nth) < (:before_occurred_at, :before_nth)`,
    table: 'request_logs',
    place: ['occurred_at', 'nth'],
    columns: 'request_logs.*',
    shown: 'SELECT candidates.*',
    mostRows,
    matches: matchesOf(filter),
  };
}

/** How the rows that a page looks at are found. */
function accessOf({ apiKeyId, status }: RequestLogFilter): { conditions: readonly string[]; mostRows: number } {
  if (apiKeyId !== undefined) return { conditions: ['api_key_id = :api_key_id'], mostRows: MOST_ROWS_BY_INDEX };
  if (status !== undefined && status >= 400) {
    // The second is that of the index.
    return { conditions: ['status = :status', 'status >= 400'], mostRows: MOST_ROWS_BY_INDEX };
  }
  return { conditions: ['TRUE'], mostRows: MOST_ROWS_LOOKED_AT };
}

function matchesOf(filter: RequestLogFilter): string[] {
  const conditions = [];
  if (filter.status !== undefined) conditions.push('status = :status');
  if (filter.method !== undefined) conditions.push('method = :method');
  if (filter.path !== undefined) conditions.push('(path = :path OR path_template = :path)');
  return conditions;
}

function toRequestLog(organizationId: string, row: RequestLogRow): RequestLog {
  return {
    organizationId,
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
