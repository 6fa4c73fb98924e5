import type { Parameters, Queryable } from './queryable.ts';

/**
 * A kind of query, as SQL with names in the place of values. Few rows may match; so the rows to look at are named apart from those
 * that match, and there is a bound to them.
 */
export interface ListQuery {
  /** FROM and WHERE of the rows to look at: those that an index leads to, in the order of their places. */
  readonly from: string;
  /** The columns by which the list is ordered, the greatest first. No two rows agree in all of them. */
  readonly place: readonly string[];
  /** The table that they are in. */
  readonly table: string;
  /** What is to be known of a row that is looked at, its place included. */
  readonly columns: string;
  /** Selects what is shown of one of `candidates`, which are the rows that are looked at; its place, too. */
  readonly shown: string;
  readonly matches: readonly string[];
  /** How many rows a page looks at, at most `MOST_ROWS_LOOKED_AT`. */
  readonly mostRows: number;
}

export interface BoundedPage<Row> {
  readonly rows: readonly Row[];
  /** The place of the last row that was looked at or shown, behind which the next page begins; null at the list's end. */
  readonly next: readonly number[] | null;
}

type PageRow<Row> = Row & { readonly is_row: true | null; readonly last_looked_at: readonly number[] | null };

/** Reads a page of a list. One statement, so that both its parts see the same rows, whatever is written or pruned meanwhile. */
export async function readBoundedPage<Row extends object>(
  database: Queryable,
  query: ListQuery,
  parameters: Parameters,
  limit: number,
): Promise<BoundedPage<Row>> {
  // The one too many tells whether there is another page. Where it is there, PostgreSQL does not work out the end of what it looks at.
  const result = await database.query<PageRow<Row>>(textOf(query), { ...parameters, rows: limit + 1 });
  const rows = result.rows.filter((row) => row.is_row !== null);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  if (rows.length > limit && last !== undefined) {
    return { rows: shown, next: query.place.map((column) => (last as Record<string, unknown>)[column] as number) };
  }
  return { rows: shown, next: result.rows[0]?.last_looked_at ?? null };
}

function textOf(query: ListQuery): string {
  return `
    WITH page AS MATERIALIZED (
      SELECT true AS is_row, shown.*
      FROM (
        SELECT * FROM (
          SELECT ${query.columns} FROM ${query.from}
          ORDER BY ${orderOf(query.table, query)}
          LIMIT ${query.mostRows}
        ) AS candidates
        WHERE ${['TRUE', ...query.matches].join(' AND ')}
        ORDER BY ${orderOf('candidates', query)}
        LIMIT :rows
      ) AS candidates
        -- OFFSET keeps this a look-up for each row: PostgreSQL may take a join for one with the whole table.
        CROSS JOIN LATERAL (${query.shown} OFFSET 0) AS shown
    ),
    ending AS (
      SELECT CASE WHEN (SELECT count(*) FROM page) < :rows THEN (
        SELECT json_build_array(${query.place.map((column) => `${query.table}.${column}`).join(', ')}) FROM ${query.from}
        ORDER BY ${orderOf(query.table, query)}
        LIMIT 1 OFFSET ${query.mostRows - 1}
      ) END AS last_looked_at
    )
    SELECT * FROM ending LEFT JOIN page ON true ORDER BY ${orderOf('page', query)}`;
}

function orderOf(table: string, { place }: Pick<ListQuery, 'place'>): string {
  return place.map((column) => `${table}.${column} DESC`).join(', ');
}
