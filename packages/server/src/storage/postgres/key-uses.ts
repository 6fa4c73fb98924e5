import type { ApiKey, EpochSeconds } from '../../keys/api-key.ts';
import type { ScopeUses } from '../scope-use-store.ts';
import type { ApiKeyUse } from '../store.ts';
import type { Queryable } from './queryable.ts';

/** Tells which scopes of a key were needed. */
export async function readScopeUses(
  database: Queryable,
  { organizationId, sequence, createdAt }: ApiKey,
): Promise<ScopeUses> {
  const { rows } = await database.query<{
    scope: string | null;
    last_needed_at: EpochSeconds;
    began: EpochSeconds | null;
  }>(
    `SELECT scope_uses.scope, scope_uses.last_needed_at,
       (SELECT at FROM scope_uses_began WHERE last_api_key >= :api_key) AS began
     FROM (SELECT sequence FROM organizations WHERE id = :organization_id) AS organization
         LEFT JOIN scope_uses ON scope_uses.organization = organization.sequence AND scope_uses.api_key = :api_key`,
    { organization_id: organizationId, api_key: sequence },
  );
  return {
    recordedSince: rows[0]?.began ?? createdAt,
    lastNeededAt: new Map(
      rows.flatMap(({ scope, last_needed_at: at }) => (scope === null ? [] : [[scope, at] as const])),
    ),
  };
}

/** Notes when keys were last used. In one order, so that instances that note the same keys do not wait for each other in a circle. */
export async function recordUses(transaction: Queryable, uses: ReadonlyMap<string, ApiKeyUse>): Promise<void> {
  await transaction.query(
    `WITH used AS (
       SELECT api_keys.organization, api_keys.sequence, given.at
       FROM json_to_recordset(:uses) AS given (id text, at bigint) JOIN api_keys ON api_keys.id = given.id
       WHERE api_keys.last_used_at IS NULL OR api_keys.last_used_at < given.at
       ORDER BY api_keys.organization, api_keys.sequence
       FOR NO KEY UPDATE OF api_keys
     )
     UPDATE api_keys SET last_used_at = used.at FROM used
     WHERE api_keys.organization = used.organization AND api_keys.sequence = used.sequence AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at < used.at)`,
    { uses: JSON.stringify([...uses].map(([id, { at }]) => ({ id, at }))) },
  );
  const needs = [...uses].flatMap(([id, { neededScopes }]) =>
    [...neededScopes].map(([scope, at]) => ({ id, scope, at })),
  );
  if (needs.length === 0) return;
  await transaction.query(
    `INSERT INTO scope_uses (organization, api_key, scope, last_needed_at)
     SELECT api_keys.organization, api_keys.sequence, given.scope, max(given.at)
     FROM json_to_recordset(:needs) AS given (id text, scope text, at bigint) JOIN api_keys ON api_keys.id = given.id
     GROUP BY 1, 2, 3
     ORDER BY 1, 2, 3
     ON CONFLICT (organization, api_key, scope) DO UPDATE SET last_needed_at = excluded.last_needed_at
       WHERE excluded.last_needed_at > scope_uses.last_needed_at`,
    { needs: JSON.stringify(needs) },
  );
}
