import { type DayRange, type EpochDay, firstOfMonth, firstOfNextMonth } from '../keys/day.ts';

/** A range of days in three pieces. `head` and `tail` may be empty: then their last day lies before their first. */
interface Split {
  readonly head: DayRange<EpochDay>;
  /** The first days of the months that lie within the range as a whole. */
  readonly months: readonly EpochDay[];
  readonly tail: DayRange<EpochDay>;
}

/**
 * Splits a range so that the months in it can be read as sums of months: a year is read in at most 11 months and 60 days.
 *
 * @returns null when no whole month lies within the range
 */
export function splitAtMonths({ first, last }: DayRange<EpochDay>): Split | null {
  const start = firstOfMonth(first) === first ? first : firstOfNextMonth(first);
  const end = firstOfMonth(last + 1);
  if (start >= end) return null;
  const months = [];
  for (let month = start; month < end; month = firstOfNextMonth(month)) months.push(month);
  return {
    head: { first, last: start - 1 },
    months,
    tail: { first: end, last },
  };
}
