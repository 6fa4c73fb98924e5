import type { Statement } from 'better-sqlite3';
import { type DayRange, type EpochDay, firstOfMonth, formatDay } from '../../keys/day.ts';
import type { UsageCount } from '../../usage/usage-count.ts';
import type { UsageGroup, UsageQuery, UsageSummary } from '../usage-store.ts';
import type { Connection } from './connection.ts';
import { splitAtMonths } from './whole-months.ts';

/** Matches no day. */
const NOTHING: DayRange<EpochDay> = { first: 0, last: -1 };

interface GroupRow extends UsageGroup {
  readonly group_count: number;
  readonly all_requests: number;
  readonly all_errors: number;
}

/** Sums up usage. */
export class UsageQueries {
  readonly #summarize: Statement<[object], GroupRow>;

  constructor(connection: Connection) {
    const select = `SELECT member, requests, errors
        FROM organizations JOIN usage_counts ON usage_counts.organization = organizations.sequence
        WHERE organizations.id = :organization_id`;
    // One statement, so that the totals are those of the groups whatever is written meanwhile.
    this.#summarize = connection.prepare(`
      SELECT member AS "group", sum(requests) AS requests, sum(errors) AS errors, count(*) OVER () AS group_count,
        sum(sum(requests)) OVER () AS all_requests, sum(sum(errors)) OVER () AS all_errors
      FROM (
        ${select} AND kind = :kind AND day BETWEEN :head_first AND :head_last
        UNION ALL
        ${select} AND kind = :kind AND day BETWEEN :tail_first AND :tail_last
        UNION ALL
        ${select} AND kind = 'api_key_month' AND day BETWEEN :months_first AND :months_last
      )
      GROUP BY member
      ORDER BY requests DESC, member
      LIMIT :limit`);
  }

  summarize(organizationId: string, range: DayRange<EpochDay>, { groupBy, limit }: UsageQuery): UsageSummary {
    const whole = { head: range, months: NOTHING, tail: NOTHING };
    const { head, months, tail } = groupBy === 'api_key' ? (splitAtMonths(range) ?? whole) : whole;
    const rows = this.#summarize.all({
      organization_id: organizationId,
      kind: groupBy,
      head_first: head.first,
      head_last: head.last,
      tail_first: tail.first,
      tail_last: tail.last,
      months_first: months.first,
      months_last: months.last,
      limit,
    });
    const [first] = rows;
    return {
      totals: { requests: first?.all_requests ?? 0, errors: first?.all_errors ?? 0 },
      groups: rows.map(({ group, requests, errors }) => ({ group, requests, errors })),
      groupCount: first?.group_count ?? 0,
    };
  }
}

/** Counts usage. */
export class UsageChanges {
  readonly #add: Statement;

  constructor(connection: Connection) {
    this.#add = connection.prepare(`
      INSERT INTO usage_counts (organization, kind, day, member, requests, errors)
      SELECT sequence, :kind, :day, :member, :requests, :errors FROM organizations WHERE id = :organization_id
      ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors`);
  }

  add({ organizationId, day, apiKeyId, operationId, requests, errors }: UsageCount): void {
    const sums = [
      { kind: 'day', day, member: formatDay(day) },
      { kind: 'operation', day, member: operationId },
      { kind: 'api_key', day, member: apiKeyId },
      { kind: 'api_key_month', day: firstOfMonth(day), member: apiKeyId },
    ];
    for (const sum of sums) this.#add.run({ organization_id: organizationId, ...sum, requests, errors });
  }
}
