import type { Clock } from '../dependencies.ts';
import type { OrganizationBudget } from '../keys/api-key.ts';
import { createWindows } from './windows.ts';

/** How many requests of each kind a window admits. */
export type Limits = Readonly<Record<OrganizationBudget | 'introspections', number>>;

/** What requests are counted as. Revocations and refusals for lack of a scope are limited as writes are, but each key by itself. */
export type Budget = keyof Limits | 'revocations' | 'refusals';

export const DEFAULT_LIMITS: Limits = { reads: 10_000, writes: 1_000, introspections: 60_000 };

/** Where a caller stands in the window that runs, with the request just counted. */
export interface Tally {
  readonly budget: Budget;
  readonly admitted: boolean;
  readonly limit: number;
  /** How many more requests this window admits. */
  readonly remaining: number;
  /** Whole seconds until the next window begins, at least 1. */
  readonly secondsLeft: number;
}

/** Counts requests in fixed windows. */
interface Limiter {
  /** Counts a request of `subject`. Exact: of any number at once it admits `limit` in a window. */
  count(subject: string, budget: Budget, limit: number): Tally;
}

/** A limiter in memory: exact in one process, and reset when that restarts. */
export function createMemoryLimiter(clock: Clock): Limiter {
  const currentWindow = createWindows(clock);
  return {
    count(subject, budget, limit) {
      const { counts, secondsLeft } = currentWindow();
      const key = `${budget} ${subject}`;
      const before = counts.get(key) ?? 0;
      const admitted = before < limit;
      if (admitted) counts.set(key, before + 1);
      return { budget, admitted, limit, remaining: Math.max(limit - before - 1, 0), secondsLeft };
    },
  };
}
