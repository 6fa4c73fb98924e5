import type { DayRange, EpochDay } from '../keys/day.ts';
import type { Counts } from '../usage/usage-count.ts';

/** How much was used, kept for good. Written with the request logs; see `RequestLogStore`. */
export interface UsageStore {
  /**
   * Sums up days, `range` included at both ends. Reads what was summed up when it was written, so that the cost does not grow with
   * the number of requests. Many keys are read a portion at a time, and others are served in between: the totals are those of the
   * groups, and requests that are counted meanwhile may be in both or in neither. An organization's queries may wait for each other.
   */
  summarize(organizationId: string, range: DayRange<EpochDay>, query: UsageQuery): Promise<UsageSummary>;
}

export interface UsageQuery {
  readonly groupBy: 'day' | 'operation' | 'api_key';
  /** Only so many groups, those with the most requests. */
  readonly limit: number;
}

export interface UsageSummary {
  /** Of all groups, those beyond the limit too. */
  readonly totals: Counts;
  /** The most requests first. Groups without requests are left out. */
  readonly groups: readonly UsageGroup[];
  /** How many groups there are, with and beyond the limit. */
  readonly groupCount: number;
}

export interface UsageGroup extends Counts {
  /** A day as YYYY-MM-DD, an operation's id or a key's. */
  readonly group: string;
}
