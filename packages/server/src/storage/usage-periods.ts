import { type DayRange, type EpochDay, firstOfMonth, formatDay } from '../keys/day.ts';
import type { UsageQuery } from './usage-store.ts';
import { splitAtMonths } from './whole-months.ts';

/** The sums of one day, or of one month: usage is kept in the order of the groups within each. */
interface Period {
  readonly kind: UsageQuery['groupBy'] | 'api_key_month';
  readonly day: EpochDay;
}

/** A sum that a request adds to. `member` is its group within the period. */
export interface Sum extends Period {
  readonly member: string;
}

/** All sums that a request of this day adds to: as many as there are ways to read them. */
export function sumsOf(day: EpochDay, apiKeyId: string, operationId: string): Sum[] {
  return [
    { kind: 'day', day, member: formatDay(day) },
    { kind: 'operation', day, member: operationId },
    { kind: 'api_key', day, member: apiKeyId },
    { kind: 'api_key_month', day: firstOfMonth(day), member: apiKeyId },
  ];
}

/** The sums to add up, of months where a whole month lies in the range. */
export function periodsOf(range: DayRange<EpochDay>, groupBy: UsageQuery['groupBy']): Period[] {
  const split = groupBy === 'api_key' ? splitAtMonths(range) : null;
  if (split === null) return daysOf(range).map((day) => ({ kind: groupBy, day }));
  return [
    ...[...daysOf(split.head), ...daysOf(split.tail)].map((day) => ({ kind: groupBy, day })),
    ...split.months.map((day) => ({ kind: 'api_key_month' as const, day })),
  ];
}

function daysOf({ first, last }: DayRange<EpochDay>): EpochDay[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
