import type { Clock } from '../dependencies.ts';

/** Seconds of a window. */
export const WINDOW = 60;

/** Kinds of requests, each with a limit of its own. */
export type Budget = 'reads' | 'writes' | 'introspections';

/** How many requests of each kind a window admits. */
export type Limits = Readonly<Record<Budget, number>>;

export const DEFAULT_LIMITS: Limits = { reads: 10_000, writes: 1_000, introspections: 60_000 };

/** Where a caller stands in the window that runs, with the request just counted. */
export interface Tally {
  readonly admitted: boolean;
  readonly limit: number;
  /** How many more requests this window admits. */
  readonly remaining: number;
  /** Whole seconds until the next window begins, from 1 to {@link WINDOW}. */
  readonly secondsLeft: number;
}

/** Counts requests in fixed windows. */
export interface Limiter {
  /** Counts a request of `subject`. Exact: of any number at once it admits `limit` in a window. */
  count(subject: string, budget: Budget, limit: number): Promise<Tally>;
}

/**
 * A limiter in memory: exact in one process, and reset when that restarts. Windows are the minutes of the clock, so that all counts
 * end together and memory is bounded by the subjects of one minute.
 */
export function createMemoryLimiter(clock: Clock): Limiter {
  let window = 0;
  let counts = new Map<string, number>();
  return {
    async count(subject, budget, limit) {
      const now = clock();
      const current = Math.floor(now / WINDOW);
      // Also when the clock was set back: what is left of a window is never more than a window.
      if (current !== window) {
        window = current;
        counts = new Map();
      }
      const key = `${budget} ${subject}`;
      const before = counts.get(key) ?? 0;
      const admitted = before < limit;
      if (admitted) counts.set(key, before + 1);
      return {
        admitted,
        limit,
        remaining: Math.max(limit - before - 1, 0),
        secondsLeft: WINDOW - (now % WINDOW),
      };
    },
  };
}
