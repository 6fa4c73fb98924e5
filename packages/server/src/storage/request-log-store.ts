import type { EpochSeconds } from '../keys/api-key.ts';
import type { RequestLog } from '../request-logs/request-log.ts';
import type { UsageCount } from '../usage/usage-count.ts';

/** Requests that were answered, for as long as they are kept. */
export interface RequestLogStore {
  /**
   * Adds rows, in their order, and adds counts to the usage on record: all of it or nothing. What belongs to an organization that
   * does not exist is ignored.
   */
  append(rows: readonly RequestLog[], usage: readonly UsageCount[]): Promise<void>;

  /**
   * Rows that match, the latest first, and those of one second in the reverse order of their insertion. What a page costs depends
   * neither on its depth nor on the age of its rows nor on the filter: one for which more rows would have to be looked at
   * than `MOST_ROWS_LOOKED_AT` ends before it is full, even empty, and `next` says where to go on.
   */
  list(organizationId: string, filter: RequestLogFilter, page: RequestLogPageRequest): Promise<RequestLogPage>;

  /** Removes rows from before a time, the oldest first and at most `limit`. Returns how many. */
  prune(before: EpochSeconds, limit: number): Promise<number>;
}

export interface RequestLogFilter {
  /** Only rows from this time on. */
  readonly from: EpochSeconds;
  readonly status?: number;
  readonly method?: string;
  readonly apiKeyId?: string;
  /** The path or the path template. */
  readonly path?: string;
}

/** The place of a row in an organization's log. Belongs to one row for good. */
export interface RequestLogPlace {
  readonly occurredAt: EpochSeconds;
  /** Tells rows of one second apart, in the order of their insertion. At least 1. */
  readonly nth: number;
}

export interface RequestLogPageRequest {
  /** Only rows whose place is before this one: of an earlier second, or of the same and a smaller number. */
  readonly before: RequestLogPlace;
  readonly limit: number;
}

export interface RequestLogPage {
  readonly rows: readonly RequestLog[];
  /** Where the next page begins, or null when no other row matches. */
  readonly next: RequestLogPlace | null;
}
