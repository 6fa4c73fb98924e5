import { StoreBusyError } from '../store.ts';

/** How long one waits for a turn. */
const TURN_WAIT_MS = 2_000;

/**
 * Lets those who want the same lock take turns within this process, before any of them takes a connection. They could not run at the
 * same time anyway, and all waiting in the database they would use up the connections that everybody else needs.
 */
export class Turns {
  /** By the lock, what the next one waits for. */
  readonly #latest = new Map<string, Promise<unknown>>();

  /**
   * Runs a job when those before it that want the same lock are done.
   *
   * @throws {StoreBusyError} when these took too long; the job was not run
   */
  run<T>(lock: string, job: () => Promise<T>): Promise<T> {
    const before = this.#latest.get(lock);
    const own = before === undefined ? job() : runAfter(before, job);
    // Who gives up leaves the others in their order.
    const latest = Promise.allSettled([before, own]);
    this.#latest.set(lock, latest);
    void this.#forget(lock, latest);
    return own;
  }

  async #forget(lock: string, latest: Promise<unknown>): Promise<void> {
    await latest;
    if (this.#latest.get(lock) === latest) this.#latest.delete(lock);
  }
}

async function runAfter<T>(before: Promise<unknown>, job: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreBusyError('Other changes take too long.')), TURN_WAIT_MS);
  });
  try {
    await Promise.race([before, tooLong]);
  } finally {
    clearTimeout(timer);
  }
  return job();
}
