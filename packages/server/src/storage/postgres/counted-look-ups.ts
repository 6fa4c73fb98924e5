import type { Clock } from '../../dependencies.ts';
import type { ResourceServer } from '../../introspection/resource-server.ts';
import type { EpochSeconds } from '../../keys/api-key.ts';
import type { Charges } from '../../limits/charges.ts';
import type { Counted, CountedLookUps } from '../../limits/counted-look-ups.ts';
import type { Budget, Tally } from '../../limits/limiter.ts';
import { WINDOW } from '../../limits/windows.ts';
import type { Credential } from '../store.ts';
import { type CredentialRow, SELECT_CREDENTIAL, toCredential } from './api-key-queries.ts';
import type { Queryable } from './queryable.ts';
import { RESOURCE_SERVER_COLUMNS, type ResourceServerRow, toResourceServer } from './resource-servers.ts';

/** What was counted. All are null of a caller that may not come in, and the last two of one whose limit is used up. */
interface TallyRow {
  readonly budget: Budget | null;
  readonly admits: number;
  readonly counted_at: number;
  readonly minute: number | null;
  readonly admitted: number | null;
}

/**
 * Counts requests in the database, exactly: a count is a row, and whoever counts locks it for the moment that takes. In the statement
 * that looks the caller up, so that it costs no round trip of its own; in a table that is written to no disk, so that it waits for none.
 */
export class PostgresCountedLookUps implements CountedLookUps {
  readonly #database: Queryable;
  readonly #clock: Clock | null;

  /** @param clock by which windows begin and end; null for the database's, which all instances share */
  constructor(database: Queryable, clock: Clock | null) {
    this.#database = database;
    this.#clock = clock;
  }

  async findApiKey(
    digest: Uint8Array,
    { scopes, holding, lacking }: Charges,
    now: EpochSeconds,
  ): Promise<Counted<Credential> | null> {
    const { rows } = await this.#database.query<CredentialRow & TallyRow>(FIND_API_KEY, {
      digest,
      now,
      needed: scopes,
      holding_key: holding.whose === 'api_key',
      holding_budget: holding.budget,
      holding_limited_as: holding.limitedAs,
      holding_limit: holding.limit,
      lacking_key: lacking.whose === 'api_key',
      lacking_budget: lacking.budget,
      lacking_limited_as: lacking.limitedAs,
      lacking_limit: lacking.limit,
      at: this.#clock?.() ?? null,
    });
    return rows[0] === undefined ? null : { found: toCredential(rows[0]), tally: toTally(rows[0]) };
  }

  async findResourceServer(id: string, digest: Uint8Array, limit: number): Promise<Counted<ResourceServer> | null> {
    const { rows } = await this.#database.query<ResourceServerRow & TallyRow>(FIND_RESOURCE_SERVER, {
      id,
      digest,
      limit,
      at: this.#clock?.() ?? null,
    });
    return rows[0] === undefined ? null : { found: toResourceServer(rows[0]), tally: toTally(rows[0]) };
  }
}

/**
 * Counts what `charged` says: at most one row, of subject, budget and how many a window admits. Adds nothing once so many were admitted.
 *
 * A window that has just ended may still be counted in by a request that waited for the lock; it counts in the new one then. One that
 * is further ahead was begun by a clock that has been set back since, and ends.
 */
const COUNT = `
  moment AS (SELECT coalesce(:at::bigint, floor(extract(epoch FROM clock_timestamp()))::bigint) AS counted_at),
  counted AS (
    INSERT INTO request_counts (subject, budget, minute, admitted)
    SELECT subject, budget, counted_at / ${WINDOW}, 1 FROM charged, moment WHERE admits > 0
    ON CONFLICT (subject, budget) DO UPDATE SET
      minute = CASE WHEN excluded.minute = request_counts.minute - 1 THEN request_counts.minute ELSE excluded.minute END,
      admitted = CASE WHEN request_counts.minute - excluded.minute IN (0, 1) THEN request_counts.admitted + 1 ELSE 1 END
    WHERE request_counts.minute - excluded.minute NOT IN (0, 1) OR request_counts.admitted < (SELECT admits FROM charged)
    RETURNING minute, admitted
  )`;

const TALLY = `charged.budget, charged.admits, moment.counted_at, counted.minute, counted.admitted
  FROM found CROSS JOIN moment LEFT JOIN charged ON true LEFT JOIN counted ON true`;

/** A secret may be used as `isUsable` says. */
const FIND_API_KEY = `
  WITH found AS MATERIALIZED (${SELECT_CREDENTIAL}),
  weighed AS (
    SELECT found.*, string_to_array(scopes, ' ') @> :needed::text[] AS holds FROM found
    WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
      AND (secret = 'current' OR previous_secret_expires_at > :now)
  ),
  charges AS (
    SELECT weighed.*,
      CASE WHEN holds THEN :holding_key::boolean ELSE :lacking_key::boolean END AS of_key,
      CASE WHEN holds THEN :holding_budget::text ELSE :lacking_budget::text END AS budget,
      CASE WHEN holds THEN :holding_limited_as::text ELSE :lacking_limited_as::text END AS limited_as,
      CASE WHEN holds THEN :holding_limit::integer ELSE :lacking_limit::integer END AS usual_limit
    FROM weighed
  ),
  charged AS (
    SELECT CASE WHEN of_key THEN id ELSE organization_id END AS subject, budget,
      coalesce(CASE limited_as WHEN 'reads' THEN read_limit ELSE write_limit END, usual_limit) AS admits
    FROM charges
  ),
  ${COUNT}
  SELECT found.*, ${TALLY}`;

const FIND_RESOURCE_SERVER = `
  WITH found AS MATERIALIZED (
    SELECT ${RESOURCE_SERVER_COLUMNS} FROM resource_servers WHERE secret_digest = :digest AND id = :id
  ),
  charged AS (SELECT id AS subject, 'introspections' AS budget, :limit::integer AS admits FROM found WHERE revoked_at IS NULL),
  ${COUNT}
  SELECT found.*, ${TALLY}`;

function toTally({ budget, admits, counted_at: at, minute, admitted }: TallyRow): Tally | null {
  if (budget === null) return null;
  const end = ((minute ?? Math.floor(at / WINDOW)) + 1) * WINDOW;
  return {
    budget,
    admitted: admitted !== null,
    limit: admits,
    remaining: admitted === null ? 0 : admits - admitted,
    secondsLeft: Math.min(end - at, WINDOW),
  };
}
