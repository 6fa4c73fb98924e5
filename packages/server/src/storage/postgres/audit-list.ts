import type { ChainedRow } from '../../audit/chain.ts';
import { dayOf } from '../../keys/day.ts';
import type { AuditFilter } from '../audit-store.ts';
import { MOST_ROWS_LOOKED_AT } from '../rows-looked-at.ts';
import type { ListPage, Page } from '../store.ts';
import { type ListQuery, readBoundedPage } from './bounded-list.ts';
import type { Queryable } from './queryable.ts';

/** The filters that an index serves, the one that finds the fewest rows first. */
const LOOKUPS = [
  { name: 'targetId', column: 'target_id' },
  { name: 'actorId', column: 'actor_id' },
  { name: 'action', column: 'action' },
] as const;

/** Lists audit rows by what they record. */
export async function listAuditEvents(
  database: Queryable,
  chain: string,
  filter: AuditFilter,
  page: Page,
): Promise<ListPage<ChainedRow>> {
  const parameters = {
    chain,
    target_id: filter.targetId,
    actor_id: filter.actorId,
    action: filter.action,
    from: filter.from,
    until: filter.until,
    first_day: dayOf(filter.from ?? 0),
    last_day: filter.until === undefined ? Number.MAX_SAFE_INTEGER : dayOf(filter.until - 1),
    before: page.before ?? Number.MAX_SAFE_INTEGER,
  };
  const { rows, next } = await readBoundedPage<ChainedRow>(database, queryOf(filter), parameters, page.limit);
  return { rows: rows.map(({ sequence, bytes, hash }) => ({ sequence, bytes, hash })), next: next?.[0] ?? null };
}

function queryOf(filter: AuditFilter): ListQuery {
  const [lookup, ...others] = LOOKUPS.filter(({ name }) => filter[name] !== undefined);
  const ofDays = '(SELECT EDGE FROM audit_days WHERE chain = :chain AND day BETWEEN :first_day AND :last_day)';
  const conditions = [
    'audit_events.chain = :chain',
    'audit_events.sequence < :before',
    ...(lookup === undefined ? [] : [`audit_events.${lookup.column} = :${lookup.column}`]),
    // Where in the chain the rows of the filter's time can be. Nowhere, when no row is of its days: then these are null.
    ...(filter.from === undefined && filter.until === undefined
      ? []
      : [
          `audit_events.sequence >= ${ofDays.replace('EDGE', 'min(first_sequence)')}`,
          `audit_events.sequence <= ${ofDays.replace('EDGE', 'max(last_sequence)')}`,
        ]),
  ];
  return {
    from: `audit_events WHERE ${conditions.join(' AND ')}`,
    table: 'audit_events',
    place: ['sequence'],
    columns: 'sequence, action, actor_id, target_id, occurred_at',
    shown: `SELECT sequence, bytes, hash FROM audit_events
      WHERE audit_events.chain = :chain AND audit_events.sequence = candidates.sequence`,
    mostRows: MOST_ROWS_LOOKED_AT,
    matches: [
      ...others.map(({ column }) => `candidates.${column} = :${column}`),
      ...(filter.from === undefined ? [] : ['candidates.occurred_at >= :from']),
      ...(filter.until === undefined ? [] : ['candidates.occurred_at < :until']),
    ],
  };
}
