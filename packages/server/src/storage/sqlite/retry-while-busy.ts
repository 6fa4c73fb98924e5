import { setTimeout as sleep } from 'node:timers/promises';
import { StoreBusyError } from '../store.ts';
import { isBusy } from './sqlite-errors.ts';

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 32;

/**
 * Tries until SQLite is no longer locked by someone else. The waiting is done here, because SQLite's own would stop the
 * event loop.
 *
 * @param deadline when to give up, on the clock of `performance.now()`; one attempt is made even when it has passed
 * @throws {StoreBusyError} when the database was still locked at the deadline
 */
export async function retryWhileBusy<T>(attempt: () => T, deadline: number): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() >= deadline) throw new StoreBusyError('The database is locked.', { cause: error });
    }
    // Half of the pause is chance, so that processes that met once do not meet again and again.
    await sleep(pause * (0.5 + Math.random() / 2));
  }
}
