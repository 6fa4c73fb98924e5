import type { Statement } from 'better-sqlite3';
import type { DayRange, EpochDay } from '../../keys/day.ts';
import type { UsageCount } from '../../usage/usage-count.ts';
import type { UsageGroup, UsageQuery, UsageSummary } from '../usage-store.ts';
import type { Connection } from './connection.ts';
import { periodsOf, sumsOf } from '../usage-periods.ts';
import type { ReadPortion } from './long-reads.ts';

interface GroupRow extends UsageGroup {
  readonly group_count: number;
  readonly all_requests: number;
  readonly all_errors: number;
}

/** How many rows a portion reads at most. Fewer than a page looks at, because to group and to sort them takes longer. */
const PORTION = 2_000;

/** Comes after every group. */
const LAST = '\u{10FFFF}';

const NO_USAGE: UsageSummary = { totals: { requests: 0, errors: 0 }, groups: [], groupCount: 0 };

/** Sums up usage. */
export class UsageQueries {
  readonly #findEnd: Statement<[object], { upTo: string | null }>;
  readonly #summarize: Statement<[object], GroupRow>;

  constructor(connection: Connection) {
    const periods = 'organizations CROSS JOIN json_each(:periods) AS period';
    const ofPeriod = `usage_counts.organization = organizations.sequence
        AND usage_counts.kind = period.value ->> 'kind' AND usage_counts.day = period.value ->> 'day'
        AND usage_counts.member > :after`;
    // Of each period so many rows, and of all periods the groups to the first of the ends: each group up to it is there as a whole.
    this.#findEnd = connection.prepare(`
      SELECT min((SELECT member FROM usage_counts WHERE ${ofPeriod} ORDER BY member LIMIT 1 OFFSET :rows)) AS upTo
      FROM ${periods} WHERE organizations.id = :organization_id`);
    // One statement, so that the totals are those of the groups whatever is written meanwhile.
    this.#summarize = connection.prepare(`
      SELECT member AS "group", sum(requests) AS requests, sum(errors) AS errors, count(*) OVER () AS group_count,
        sum(sum(requests)) OVER () AS all_requests, sum(sum(errors)) OVER () AS all_errors
      FROM ${periods} CROSS JOIN usage_counts ON ${ofPeriod} AND usage_counts.member <= :upTo
      WHERE organizations.id = :organization_id
      GROUP BY member
      ORDER BY requests DESC, member
      LIMIT :limit`);
  }

  async summarize(
    organizationId: string,
    range: DayRange<EpochDay>,
    { groupBy, limit }: UsageQuery,
    read: ReadPortion,
  ): Promise<UsageSummary> {
    const periods = periodsOf(range, groupBy);
    const parameters = { organization_id: organizationId, periods: JSON.stringify(periods), limit };
    const rows = Math.floor(PORTION / periods.length);
    let summary = NO_USAGE;
    for (let after: string | null = ''; after !== null;) {
      const from: string = after;
      const portion = await read(() => {
        const { upTo } = this.#findEnd.get({ ...parameters, after: from, rows })!; // an aggregate always has one row
        return { upTo, groups: this.#summarize.all({ ...parameters, after: from, upTo: upTo ?? LAST }) };
      });
      summary = join(summary, toSummary(portion.groups), limit);
      after = portion.upTo;
    }
    return summary;
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
    const sums = sumsOf(day, apiKeyId, operationId);
    for (const sum of sums) this.#add.run({ organization_id: organizationId, ...sum, requests, errors });
  }
}

function toSummary(rows: readonly GroupRow[]): UsageSummary {
  const [first] = rows;
  if (first === undefined) return NO_USAGE;
  return {
    totals: { requests: first.all_requests, errors: first.all_errors },
    groups: rows.map(({ group, requests, errors }) => ({ group, requests, errors })),
    groupCount: first.group_count,
  };
}

/** The summary of the groups of both, which have none in common. */
function join(one: UsageSummary, other: UsageSummary, limit: number): UsageSummary {
  return {
    totals: {
      requests: one.totals.requests + other.totals.requests,
      errors: one.totals.errors + other.totals.errors,
    },
    groups: [...one.groups, ...other.groups].toSorted(byRequests).slice(0, limit),
    groupCount: one.groupCount + other.groupCount,
  };
}

function byRequests(a: UsageGroup, b: UsageGroup): number {
  return b.requests - a.requests || (a.group < b.group ? -1 : 1);
}
