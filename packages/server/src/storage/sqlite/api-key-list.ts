import type { Statement } from 'better-sqlite3';
import type { ApiKey } from '../../keys/api-key.ts';
import { foldName } from '../api-key-name.ts';
import { MOST_ROWS_LOOKED_AT } from '../rows-looked-at.ts';
import type { ApiKeyFilter, ListPage, Page } from '../store.ts';
import { BoundedList, candidatesOf, type ListQuery } from './bounded-list.ts';
import type { Connection } from './connection.ts';
import type { ReadPortion } from './long-reads.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, toApiKey } from '../rows.ts';

/** `statusOf`, said in SQL: what an index tells, and what must be asked of a row. */
const STATUS_CONDITIONS: Readonly<Record<ApiKeyFilter['status'], { index: string; row?: string }>> = {
  not_revoked: { index: 'revoked_at IS NULL' },
  active: { index: 'revoked_at IS NULL', row: '(candidates.expires_at IS NULL OR candidates.expires_at > :now)' },
  expired: { index: 'revoked_at IS NULL', row: 'candidates.expires_at <= :now' },
  revoked: { index: 'revoked_at IS NOT NULL' },
};

interface PortionRow {
  readonly matching: number;
  readonly looked_at: number;
  /** Null when none was looked at. */
  readonly last: number | null;
}

/** Lists and counts keys. Needs a connection with the function `fold_name`. */
export class ApiKeyList {
  readonly #connection: Connection;
  readonly #list: BoundedList<ApiKeyRow, { sequence: number }>;
  readonly #counts = new Map<string, Statement<[object], PortionRow>>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#list = new BoundedList(connection);
  }

  list(organizationId: string, filter: ApiKeyFilter, { before, limit }: Page): ListPage<ApiKey> {
    const parameters = parametersOf(organizationId, filter, before);
    const { rows, next } = this.#list.read(queryOf(filter), parameters, limit);
    return { rows: rows.map(toApiKey), next: next?.sequence ?? null };
  }

  async count(organizationId: string, filter: ApiKeyFilter, read: ReadPortion): Promise<number> {
    const statement = this.#prepareCount(queryOf(filter));
    let count = 0;
    let before: number | undefined;
    for (let more = true; more;) {
      // An aggregate always has one row.
      const portion = await read(() => statement.get(parametersOf(organizationId, filter, before))!);
      count += portion.matching;
      before = portion.last ?? undefined;
      more = portion.looked_at === MOST_ROWS_LOOKED_AT;
    }
    return count;
  }

  /** Each text is prepared once. There are few, because values are never part of them. */
  #prepareCount(query: ListQuery): Statement<[object], PortionRow> {
    const sql = `
      SELECT count(*) FILTER (WHERE ${['TRUE', ...query.matches].join(' AND ')}) AS matching, count(*) AS looked_at,
        min(candidates.sequence) AS last
      FROM (${candidatesOf(query)}) AS candidates`;
    const statement = this.#counts.get(sql) ?? this.#connection.prepare<[object], PortionRow>(sql);
    this.#counts.set(sql, statement);
    return statement;
  }
}

function queryOf({ status, createdBy, nameContains }: ApiKeyFilter): ListQuery {
  const { index, row } = STATUS_CONDITIONS[status];
  // Of the two indexes, that of the maker finds the fewer keys.
  const found = createdBy === undefined ? `api_keys.${index}` : 'api_keys.created_by = :created_by';
  const asked = [
    ...(createdBy === undefined ? [] : [{ column: 'revoked_at', match: `candidates.${index}` }]),
    ...(row === undefined ? [] : [{ column: 'expires_at', match: row }]),
    // Not LIKE, in which a name's own % and _ would stand for anything.
    ...(nameContains === undefined
      ? []
      : [{ column: 'name_nfc', match: 'instr(fold_name(candidates.name_nfc), :name_contains) > 0' }]),
  ];
  return {
    from: `organizations JOIN api_keys ON api_keys.organization = organizations.sequence
      WHERE organizations.id = :organization_id AND ${found} AND api_keys.sequence < :before`,
    table: 'api_keys',
    place: ['sequence'],
    // Nothing that nobody asks for, so that an index alone can answer where it knows enough.
    columns: ['sequence', ...asked.map(({ column }) => column)].map((column) => `api_keys.${column}`).join(', '),
    select: API_KEY_COLUMNS,
    joins: `CROSS JOIN api_keys ON api_keys.sequence = candidates.sequence
      CROSS JOIN organizations ON organizations.sequence = api_keys.organization`,
    mostRows: MOST_ROWS_LOOKED_AT,
    matches: asked.map(({ match }) => match),
  };
}

function parametersOf(organizationId: string, filter: ApiKeyFilter, before = Number.MAX_SAFE_INTEGER): object {
  return {
    organization_id: organizationId,
    now: filter.now,
    created_by: filter.createdBy,
    name_contains: filter.nameContains === undefined ? undefined : foldName(filter.nameContains),
    before,
  };
}
