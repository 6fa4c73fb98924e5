import type { Statement } from 'better-sqlite3';
import type { ChainedRow } from '../../audit/chain.ts';
import { dayOf } from '../../keys/day.ts';
import type { AuditFilter } from '../audit-store.ts';
import { MOST_ROWS_LOOKED_AT } from '../rows-looked-at.ts';
import type { ListPage, Page } from '../store.ts';
import { BoundedList, type ListQuery } from './bounded-list.ts';
import type { Connection } from './connection.ts';

/** The filters that an index serves, the one that finds the fewest rows first. */
const LOOKUPS = [
  { name: 'targetId', index: 'audit_events_target', column: 'target_id' },
  { name: 'actorId', index: 'audit_events_actor', column: 'actor_id' },
  { name: 'action', index: 'audit_events_action', column: 'action' },
] as const;

/** Positions in a chain, both included. */
interface Positions {
  readonly first: number;
  readonly last: number;
}

/** Lists audit rows by what they record. */
export class AuditList {
  readonly #list: BoundedList<ChainedRow, { sequence: number }>;
  readonly #positionsOfDays: Statement<[Positions & { chain: string }], { first: number | null; last: number | null }>;

  constructor(connection: Connection) {
    this.#list = new BoundedList(connection);
    this.#positionsOfDays = connection.prepare(`
      SELECT min(first_sequence) AS first, max(last_sequence) AS last
      FROM audit_days WHERE chain = :chain AND day BETWEEN :first AND :last`);
  }

  list(chain: string, filter: AuditFilter, page: Page): ListPage<ChainedRow> {
    const positions = this.#positionsOf(chain, filter);
    if (positions === null) return { rows: [], next: null };
    const parameters = {
      ...filter,
      chain,
      first: positions.first,
      before: Math.min(page.before ?? Number.MAX_SAFE_INTEGER, positions.last + 1),
    };
    const { rows, next } = this.#list.read(queryOf(filter), parameters, page.limit);
    return { rows, next: next?.sequence ?? null };
  }

  /** Where in the chain the rows of the filter's time can be; null when there are none. */
  #positionsOf(chain: string, { from, until }: AuditFilter): Positions | null {
    if (from === undefined && until === undefined) return { first: 0, last: Number.MAX_SAFE_INTEGER - 1 };
    const { first, last } = this.#positionsOfDays.get({
      chain,
      first: dayOf(from ?? 0),
      last: until === undefined ? Number.MAX_SAFE_INTEGER : dayOf(until - 1),
    })!; // an aggregate always has one row
    return first === null || last === null ? null : { first, last };
  }
}

/**
 * One index leads to the candidates. Of those, each further filter is looked up in its own index, which tells without the row: to read
 * what a row records is to parse it, and it may be large.
 */
function queryOf(filter: AuditFilter): ListQuery {
  const [lookup, ...others] = LOOKUPS.filter(({ name }) => filter[name] !== undefined);
  const found = lookup === undefined ? '' : `INDEXED BY ${lookup.index}`;
  const condition = lookup === undefined ? '' : `AND ${lookup.column} = :${lookup.name}`;
  return {
    from: `audit_events ${found} WHERE chain = :chain ${condition} AND sequence >= :first AND sequence < :before`,
    table: 'audit_events',
    place: ['sequence'],
    columns: 'sequence',
    select: 'audit_events.sequence, audit_events.bytes, audit_events.hash',
    joins: [
      ...others.map(
        ({ name, index, column }) => `
        CROSS JOIN audit_events AS by_${column} INDEXED BY ${index}
          ON by_${column}.chain = :chain AND by_${column}.${column} = :${name} AND by_${column}.sequence = candidates.sequence`,
      ),
      'CROSS JOIN audit_events ON audit_events.chain = :chain AND audit_events.sequence = candidates.sequence',
    ].join(' '),
    mostRows: MOST_ROWS_LOOKED_AT,
    matches: [
      ...(filter.from === undefined ? [] : ['audit_events.occurred_at >= :from']),
      ...(filter.until === undefined ? [] : ['audit_events.occurred_at < :until']),
    ],
  };
}
