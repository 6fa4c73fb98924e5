import type { DayRange, EpochDay } from '../../keys/day.ts';
import type { UsageCount } from '../../usage/usage-count.ts';
import { periodsOf, sumsOf } from '../usage-periods.ts';
import type { UsageGroup, UsageQuery, UsageSummary } from '../usage-store.ts';
import type { Queryable } from './queryable.ts';

interface GroupRow extends UsageGroup {
  readonly group_count: number;
  readonly all_requests: number;
  readonly all_errors: number;
}

/** Sums up usage. One statement, so that the totals are those of the groups whatever is written meanwhile. */
export async function summarizeUsage(
  database: Queryable,
  organizationId: string,
  range: DayRange<EpochDay>,
  { groupBy, limit }: UsageQuery,
): Promise<UsageSummary> {
  const { rows } = await database.query<GroupRow>(
    `SELECT member AS "group", sum(requests)::bigint AS requests, sum(errors)::bigint AS errors,
       count(*) OVER () AS group_count,
       (sum(sum(requests)) OVER ())::bigint AS all_requests, (sum(sum(errors)) OVER ())::bigint AS all_errors
     FROM json_to_recordset(:periods) AS period (kind text, day bigint)
       JOIN usage_counts ON usage_counts.kind = period.kind AND usage_counts.day = period.day
     WHERE usage_counts.organization = (SELECT sequence FROM organizations WHERE id = :organization_id)
     GROUP BY member
     ORDER BY sum(requests) DESC, member
     LIMIT :limit`,
    { organization_id: organizationId, periods: JSON.stringify(periodsOf(range, groupBy)), limit },
  );
  const [first] = rows;
  if (first === undefined) return { totals: { requests: 0, errors: 0 }, groups: [], groupCount: 0 };
  return {
    totals: { requests: first.all_requests, errors: first.all_errors },
    groups: rows.map(({ group, requests, errors }) => ({ group, requests, errors })),
    groupCount: first.group_count,
  };
}

/** Adds to the sums on record. In one order, so that instances that add to the same sums at once do not wait for each other in a circle. */
export async function addUsage(transaction: Queryable, counts: readonly UsageCount[]): Promise<void> {
  await transaction.query(
    `INSERT INTO usage_counts (organization, kind, day, member, requests, errors)
     SELECT organizations.sequence, kind, day, member, sum(requests), sum(errors)
     FROM json_to_recordset(:counts) AS added (organization_id text, kind text, day bigint, member text, requests bigint, errors bigint)
       JOIN organizations ON organizations.id = added.organization_id
     GROUP BY 1, 2, 3, 4
     ORDER BY 1, 2, 3, 4
     ON CONFLICT (organization, kind, day, member) DO UPDATE
       SET requests = usage_counts.requests + excluded.requests, errors = usage_counts.errors + excluded.errors`,
    {
      counts: JSON.stringify(
        counts.flatMap(({ organizationId, day, apiKeyId, operationId, requests, errors }) =>
          sumsOf(day, apiKeyId, operationId).map((sum) => ({
            organization_id: organizationId,
            ...sum,
            requests,
            errors,
          })),
        ),
      ),
    },
  );
}
