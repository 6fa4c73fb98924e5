import type { ApiKey } from '../../keys/api-key.ts';
import { foldName } from '../api-key-name.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, toApiKey } from '../rows.ts';
import { MOST_ROWS_LOOKED_AT } from '../rows-looked-at.ts';
import type { ApiKeyFilter, ListPage, Page } from '../store.ts';
import { type ListQuery, readBoundedPage } from './bounded-list.ts';
import type { Parameters, Queryable } from './queryable.ts';

/** `statusOf`, said in SQL: what an index tells, and what must be asked of a row. */
const STATUS_CONDITIONS: Readonly<Record<ApiKeyFilter['status'], { index: string; row?: string }>> = {
  not_revoked: { index: 'revoked_at IS NULL' },
  active: { index: 'revoked_at IS NULL', row: '(candidates.expires_at IS NULL OR candidates.expires_at > :now)' },
  expired: { index: 'revoked_at IS NULL', row: 'candidates.expires_at <= :now' },
  revoked: { index: 'revoked_at IS NOT NULL' },
};

export async function listApiKeys(
  database: Queryable,
  organizationId: string,
  filter: ApiKeyFilter,
  { before, limit }: Page,
): Promise<ListPage<ApiKey>> {
  const parameters = parametersOf(organizationId, filter, before);
  const { rows, next } = await readBoundedPage<ApiKeyRow>(database, queryOf(filter), parameters, limit);
  return { rows: rows.map(toApiKey), next: next?.[0] ?? null };
}

export async function countApiKeys(database: Queryable, organizationId: string, filter: ApiKeyFilter): Promise<number> {
  const { columns, from, matches } = queryOf(filter);
  const { rows } = await database.query<{ matching: number }>(
    `SELECT count(*) AS matching FROM (SELECT ${columns} FROM ${from}) AS candidates
     WHERE ${['TRUE', ...matches].join(' AND ')}`,
    parametersOf(organizationId, filter),
  );
  return rows[0]!.matching; // an aggregate always has one row
}

function queryOf({ status, createdBy, nameContains }: ApiKeyFilter): ListQuery {
  const { index, row } = STATUS_CONDITIONS[status];
  // Of the two indexes, that of the maker finds the fewer keys.
  const found = createdBy === undefined ? `api_keys.${index}` : 'api_keys.created_by = :created_by';
  return {
    from: `api_keys
      WHERE api_keys.organization = (SELECT sequence FROM organizations WHERE id = :organization_id) AND ${found}
        AND api_keys.sequence < :before`,
    table: 'api_keys',
    place: ['sequence'],
    columns: 'api_keys.organization, api_keys.sequence, api_keys.revoked_at, api_keys.expires_at, api_keys.name_folded',
    shown: `SELECT ${API_KEY_COLUMNS}
      FROM api_keys JOIN organizations ON organizations.sequence = api_keys.organization
      WHERE api_keys.organization = candidates.organization AND api_keys.sequence = candidates.sequence`,
    mostRows: MOST_ROWS_LOOKED_AT,
    matches: [
      ...(createdBy === undefined ? [] : [`candidates.${index}`]),
      ...(row === undefined ? [] : [row]),
      // Not LIKE, in which a name's own % and _ would stand for anything.
      ...(nameContains === undefined ? [] : ['strpos(candidates.name_folded, :name_contains) > 0']),
    ],
  };
}

function parametersOf(organizationId: string, filter: ApiKeyFilter, before = Number.MAX_SAFE_INTEGER): Parameters {
  return {
    organization_id: organizationId,
    now: filter.now,
    created_by: filter.createdBy,
    name_contains: filter.nameContains === undefined ? undefined : foldName(filter.nameContains),
    before,
  };
}
