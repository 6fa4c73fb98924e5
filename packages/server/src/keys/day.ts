import { invalidRequest } from '../errors/api-error.ts';
import type { EpochSeconds } from './api-key.ts';

const SECONDS_OF_A_DAY = 86_400;

/** Whole days since 1970-01-01, in UTC. */
export type EpochDay = number;

/** The day in which a time lies. */
export function dayOf(time: EpochSeconds): EpochDay {
  return Math.floor(time / SECONDS_OF_A_DAY);
}

/** When a day begins. */
export function startOf(day: EpochDay): EpochSeconds {
  return day * SECONDS_OF_A_DAY;
}

/** The first day of the month in which a day lies. */
export function firstOfMonth(day: EpochDay): EpochDay {
  return day - new Date(startOf(day) * 1000).getUTCDate() + 1;
}

/** The first day of the month after: 31 days from the first of any month lies in the next. */
export function firstOfNextMonth(day: EpochDay): EpochDay {
  return firstOfMonth(firstOfMonth(day) + 31);
}

/** A day as the contract writes it: RFC 3339, full-date. */
export function formatDay(day: EpochDay): string {
  return new Date(startOf(day) * 1000).toISOString().slice(0, 10);
}

/** The days of a query, both included. */
export interface DayRange<Bound extends EpochDay | null> {
  readonly first: Bound;
  readonly last: Bound;
}

/**
 * Reads `start_date` and `end_date` of a query; where one is left out the range is open. The contract has seen to it that they are
 * days.
 *
 * @throws {ApiError} 400 when the range ends before it starts
 */
export function readDayRange(query: { start_date: string; end_date: string }): DayRange<EpochDay>;
export function readDayRange(query: { start_date?: string; end_date?: string }): DayRange<EpochDay | null>;
export function readDayRange(query: { start_date?: string; end_date?: string }): DayRange<EpochDay | null> {
  const first = query.start_date === undefined ? null : parseDay(query.start_date);
  const last = query.end_date === undefined ? null : parseDay(query.end_date);
  if (first !== null && last !== null && last < first) {
    throw invalidRequest([{ path: 'end_date', message: 'must not be before start_date' }]);
  }
  return { first, last };
}

function parseDay(text: string): EpochDay {
  return dayOf(Date.parse(text) / 1000);
}
