import type { Clock } from '../dependencies.ts';

/** Seconds of a window. */
export const WINDOW = 60;

/** The window that runs. */
export interface Window {
  /** What was counted in it so far, by subject. */
  readonly counts: Map<string, number>;
  /** Whole seconds until the next begins, from 1 to {@link WINDOW}. */
  readonly secondsLeft: number;
}

/**
 * Returns a function that tells which window runs. Windows are the minutes of the clock, so that all counts end together and memory
 * is bounded by the subjects of one minute.
 */
export function createWindows(clock: Clock): () => Window {
  let minute = 0;
  let counts = new Map<string, number>();
  return () => {
    const now = clock();
    const current = Math.floor(now / WINDOW);
    // Also when the clock was set back: what is left of a window is never more than a window.
    if (current !== minute) {
      minute = current;
      counts = new Map();
    }
    return { counts, secondsLeft: WINDOW - (now - current * WINDOW) };
  };
}
