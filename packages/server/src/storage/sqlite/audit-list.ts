import type { Statement } from 'better-sqlite3';
import type { ChainedRow } from '../../audit/chain.ts';
import { dayOf } from '../../keys/day.ts';
import type { AuditFilter } from '../audit-store.ts';
import type { Page } from '../store.ts';
import type { Connection } from './connection.ts';

/** The filters that an index serves, the one that finds the fewest rows first. */
const LOOKUPS = [
  { name: 'targetId', index: 'audit_events_target', condition: 'target_id = :targetId' },
  { name: 'actorId', index: 'audit_events_actor', condition: 'actor_id = :actorId' },
  { name: 'action', index: 'audit_events_action', condition: 'action = :action' },
] as const;

/** Positions in a chain, both included. */
interface Positions {
  readonly first: number;
  readonly last: number;
}

/** Lists audit rows by what they record. */
export class AuditList {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();
  readonly #positionsOfDays: Statement<[Positions & { chain: string }], { first: number | null; last: number | null }>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#positionsOfDays = connection.prepare(`
      SELECT min(first_sequence) AS first, max(last_sequence) AS last
      FROM audit_days WHERE chain = :chain AND day BETWEEN :first AND :last`);
  }

  list(chain: string, filter: AuditFilter, page: Page): ChainedRow[] {
    const positions = this.#positionsOf(chain, filter);
    if (positions === null) return [];
    const lookups = LOOKUPS.filter(({ name }) => filter[name] !== undefined);
    const [lookup] = lookups;
    const conditions = [
      ...lookups.map(({ condition }) => condition),
      ...(filter.from === undefined ? [] : ['occurred_at >= :from']),
      ...(filter.until === undefined ? [] : ['occurred_at < :until']),
    ];
    const rows = this.#prepare(
      `
      SELECT sequence, bytes, hash FROM audit_events ${lookup === undefined ? '' : `INDEXED BY ${lookup.index}`}
      WHERE ${['chain = :chain', ...conditions, 'sequence >= :first', 'sequence < :before'].join(' AND ')}
      ORDER BY sequence DESC
      LIMIT :limit`,
    ).all({
      ...filter,
      chain,
      first: positions.first,
      before: Math.min(page.before ?? Number.MAX_SAFE_INTEGER, positions.last + 1),
      limit: page.limit,
    });
    return rows as ChainedRow[];
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

  /** Each text is prepared once. There are few, because values are never part of them. */
  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
