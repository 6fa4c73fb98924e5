import type { components } from '@signa/openapi';
import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import type { EpochSeconds } from '../keys/api-key.ts';
import type { Caller } from '../keys/authenticate.ts';
import { readDayRange, startOf } from '../keys/day.ts';
import { formatTimestamp } from '../keys/timestamp.ts';
import { cursorsOf } from '../pagination/cursor.ts';
import type { RequestLog } from '../request-logs/request-log.ts';
import type { RequestLogFilter, RequestLogPlace } from '../storage/request-log-store.ts';

const DAY = 86_400;

export function listRequestLogs({
  store,
  clock,
}: Pick<Dependencies, 'store' | 'clock'>): Handler<'listRequestLogs', Caller> {
  return async ({ query, caller, requestId, respond }) => {
    const organizationId = caller.organization.id;
    const { start_date, end_date, status_code, method, api_key_id, path } = query;
    const cursors = cursorsOf(
      ['listRequestLogs', organizationId, start_date, end_date, status_code, method, api_key_id, path],
      ['occurredAt', 'nth', 'from'],
    );
    const { from, ...before } = query.cursor === undefined ? startOfList(query, clock()) : cursors.decode(query.cursor);
    const filter: RequestLogFilter = {
      from,
      ...(status_code !== undefined && { status: status_code }),
      ...(method !== undefined && { method }),
      ...(api_key_id !== undefined && { apiKeyId: api_key_id }),
      ...(path !== undefined && { path }),
    };
    const limit = query.limit!; // the contract has a default, which the validator has filled in

    const { rows, next } = await store.requestLogs.list(organizationId, filter, { before, limit });

    return respond(200, {
      object: 'list',
      data: rows.map(presentRequestLog),
      has_more: next !== null,
      pagination: { cursor: next === null ? null : cursors.encode({ ...next, from }) },
      request_id: requestId,
    });
  };
}

/** Where the list begins, and the time at which it ends. The cursor keeps it, because the last 24 hours are soon others. */
function startOfList(
  range: { start_date?: string; end_date?: string },
  now: EpochSeconds,
): RequestLogPlace & { readonly from: EpochSeconds } {
  const { first, last } = readDayRange(range);
  const from = first !== null ? startOf(first) : last !== null ? 0 : now - DAY;
  return { occurredAt: last === null ? Number.MAX_SAFE_INTEGER : startOf(last + 1), nth: 0, from };
}

function presentRequestLog(row: RequestLog): components['schemas']['RequestLog'] {
  return {
    object: 'request_log',
    request_id: row.requestId,
    occurred_at: formatTimestamp(row.occurredAt),
    // The cast holds because only requests that were routed to an operation are logged, and operations have these methods.
    method: row.method as components['schemas']['LoggedMethod'],
    path: row.path,
    path_template: row.pathTemplate,
    operation_id: row.operationId,
    status_code: row.status,
    duration_ms: row.durationMs,
    error_type: row.errorType,
    api_key_id: row.apiKeyId,
    api_key_prefix: row.apiKeyPrefix,
    client_address: row.clientAddress,
  };
}
