import type { Statement } from 'better-sqlite3';
import type { Connection } from './connection.ts';

/**
 * A kind of query, as SQL with names in the place of values. Few rows may match; so the rows to look at are named apart from those
 * that match, and there is a bound to them.
 */
export interface ListQuery {
  /** FROM and WHERE of the rows to look at: those that an index leads to, in the order of their places. */
  readonly from: string;
  /** The table that they are in. */
  readonly table: string;
  /** The columns by which the list is ordered, the greatest first. No two rows agree in all of them. */
  readonly place: readonly string[];
  /** What is to be known of a row that is looked at, its place included. */
  readonly columns: string;
  /** What is shown of a row that matches. The rows that are looked at are called `candidates`. */
  readonly select: string;
  /** Joins that lead from a candidate to what else there is of it, or leave it out. */
  readonly joins?: string;
  readonly matches: readonly string[];
  /** How many rows a page looks at, at most `MOST_ROWS_LOOKED_AT`. */
  readonly mostRows: number;
}

export interface BoundedPage<Row, Place> {
  readonly rows: readonly Row[];
  /** The place of the last row that was looked at or shown, behind which the next page begins; null at the list's end. */
  readonly next: Place | null;
}

interface Statements<Row, Place> {
  readonly rows: Statement<[object], Row>;
  readonly lastLookedAt: Statement<[object], Place>;
}

/** Reads lists of which a page costs as little as its bound says, whatever the filter. */
export class BoundedList<Row extends Place, Place> {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statements<Row, Place>>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  read(query: ListQuery, parameters: object, limit: number): BoundedPage<Row, Place> {
    const statements = this.#prepare(query);
    // Both see the same rows, whatever is written or pruned between them.
    return this.#connection.transaction(() => {
      // The one too many tells whether there is another page.
      const rows = statements.rows.all({ ...parameters, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1) : statements.lastLookedAt.get(parameters);
      return { rows: shown, next: last ?? null };
    })();
  }

  /** Each text is prepared once. There are few, because values are never part of them. */
  #prepare(query: ListQuery): Statements<Row, Place> {
    const rows = `
      SELECT ${query.select}
      FROM (${candidatesOf(query)}) AS candidates ${query.joins ?? ''}
      WHERE ${['TRUE', ...query.matches].join(' AND ')}
      ORDER BY ${orderOf('candidates', query)}
      LIMIT :limit`;
    const known = this.#statements.get(rows);
    if (known !== undefined) return known;
    const statements: Statements<Row, Place> = {
      rows: this.#connection.prepare(rows),
      lastLookedAt: this.#connection.prepare(`
        SELECT ${query.place.map((column) => `${query.table}.${column}`).join(', ')} FROM ${query.from}
        ORDER BY ${orderOf(query.table, query)}
        LIMIT 1 OFFSET ${query.mostRows - 1}`),
    };
    this.#statements.set(rows, statements);
    return statements;
  }
}

/** The rows that a query looks at, at once. */
export function candidatesOf(query: Pick<ListQuery, 'columns' | 'from' | 'table' | 'place' | 'mostRows'>): string {
  return `
        SELECT ${query.columns} FROM ${query.from}
        ORDER BY ${orderOf(query.table, query)}
        LIMIT ${query.mostRows}`;
}

function orderOf(table: string, { place }: Pick<ListQuery, 'place'>): string {
  return place.map((column) => `${table}.${column} DESC`).join(', ');
}
