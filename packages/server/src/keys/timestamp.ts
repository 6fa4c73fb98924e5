import type { EpochSeconds } from './api-key.ts';

const YEAR_10000 = 253_402_300_800;

/** A time as the contract writes it: RFC 3339, UTC, whole seconds. */
export function formatTimestamp(time: EpochSeconds): string {
  return new Date(time * 1000).toISOString().replace('.000Z', 'Z');
}

export function formatNullableTimestamp(time: EpochSeconds | null): string | null {
  return time === null ? null : formatTimestamp(time);
}

/**
 * Reads an RFC 3339 time that has the contract's shape. A fraction of a second is cut off, so that nothing lasts longer than asked.
 *
 * @returns null for what has the shape but is no time (30 February, a leap second) or lies outside the years 0 to 9999 in UTC
 */
export function parseTimestamp(text: string): EpochSeconds | null {
  const seconds = Math.floor(Date.parse(text) / 1000);
  if (!Number.isFinite(seconds) || seconds >= YEAR_10000) return null;
  return hasCalendarDay(text) ? seconds : null;
}

/** `Date.parse` takes 30 February for 1 or 2 March; RFC 3339, section 5.7, does not. */
function hasCalendarDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}
