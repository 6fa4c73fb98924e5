import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import { invalidRequest } from '../errors/api-error.ts';
import type { Caller } from '../keys/authenticate.ts';
import { type DayRange, type EpochDay, formatDay, readDayRange } from '../keys/day.ts';
import type { UsageGroup } from '../storage/usage-store.ts';

/** The most days that a range may hold: a year, also one with a 29 February. */
const MOST_DAYS = 366;

/** The most groups in an answer. */
const MOST_GROUPS = 1_000;

export function getUsageSummary({ store }: Pick<Dependencies, 'store'>): Handler<'getUsageSummary', Caller> {
  return async ({ query, caller, requestId, respond }) => {
    const range = readDayRange(query);
    requireShort(range);
    const groupBy = query.group_by!; // the contract has a default, which the validator has filled in

    const summary = await store.usage.summarize(caller.organization.id, range, { groupBy, limit: MOST_GROUPS });

    return respond(200, {
      object: 'usage_summary',
      start_date: query.start_date,
      end_date: query.end_date,
      group_by: groupBy,
      totals: { ...summary.totals },
      data: groupBy === 'day' ? everyDay(range, summary.groups) : [...summary.groups],
      groups_left_out: summary.groupCount - summary.groups.length,
      request_id: requestId,
    });
  };
}

/** @throws {ApiError} 400 when the range holds too many days */
function requireShort({ first, last }: DayRange<EpochDay>): void {
  if (last - first < MOST_DAYS) return;
  const latest = formatDay(first + MOST_DAYS - 1);
  const message = `must be at most ${latest}, because a range holds at most ${MOST_DAYS} days`;
  throw invalidRequest([{ path: 'end_date', message }]);
}

/** The days in their order, those without requests too, as a chart needs them. */
function everyDay({ first, last }: DayRange<EpochDay>, groups: readonly UsageGroup[]): UsageGroup[] {
  const known = new Map(groups.map((group) => [group.group, group]));
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const group = formatDay(first + index);
    return known.get(group) ?? { group, requests: 0, errors: 0 };
  });
}
