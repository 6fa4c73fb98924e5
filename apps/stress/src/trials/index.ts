import type { Trial } from '../trial.ts';
import { trial as killed } from './01-killed.ts';

/** In the order of the table of promises. */
export const TRIALS: readonly Trial[] = [killed];
