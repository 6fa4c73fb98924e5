import { once } from 'node:events';
import { ApiError } from '../errors/api-error.ts';

/** How long a request waits for an earlier one with the same Idempotency-Key, in milliseconds. */
const LONGEST_WAIT_MS = 2_000;

/**
 * The requests with an Idempotency-Key that run in this process, so that a repetition waits for the first and is then given its reply.
 * Other processes' requests are not in it: there the organization's lock decides, and the second finds the row of the first.
 */
export class RunningRequests {
  readonly #running = new Map<string, Promise<void>>();
  readonly #timeout: (ms: number) => AbortSignal;

  constructor(timeout: (ms: number) => AbortSignal) {
    this.#timeout = timeout;
  }

  /**
   * Runs `work` once no other runs under the same look-up.
   *
   * @throws {ApiError} 409 `idempotency_in_progress` when that has not come about in {@link LONGEST_WAIT_MS}
   */
  async runAlone<T>(lookUp: Uint8Array, work: () => Promise<T>): Promise<T> {
    const id = Buffer.from(lookUp).toString('base64');
    if (this.#running.has(id)) {
      const timeout = this.#timeout(LONGEST_WAIT_MS);
      const timedOut = once(timeout, 'abort');
      // Of many that wait, the first to wake up runs next, and the others go on waiting.
      for (let other = this.#running.get(id); other !== undefined; other = this.#running.get(id)) {
        await Promise.race([other, timedOut]);
        if (timeout.aborted && this.#running.has(id)) throw stillRunning();
      }
    }
    const result = work();
    const end = () => void this.#running.delete(id);
    this.#running.set(id, result.then(end, end));
    return result;
  }
}

function stillRunning(): ApiError {
  const detail = 'An earlier request with this Idempotency-Key still runs.';
  return new ApiError('idempotency_in_progress', detail, { retryAfter: 1 });
}
