import { attempt, type AttemptOptions } from './attempt.ts';
import { within } from './within.ts';

const FIRST_BACKOFF_MS = 500;
/** No wait is longer. When an answer asks for more it is returned. A window of the API's limits is as long. */
const LONGEST_WAIT_MS = 60_000;

/**
 * A `fetch` that repeats a request up to `retries` times, and never one that might have been carried out unless repeating
 * it changes nothing:
 *
 * - After an answer that says that nothing was carried out (`retryable` is true in the contract's error), every request.
 * - After a failure of the network, a time-out, a proxy's 429, or any 502, 503 or 504, the idempotent methods, and POST
 *   with an Idempotency-Key, which every attempt carries.
 *
 * Before each repetition it waits as long as the answer asks, and on top of that a random part of a backoff that doubles
 * (full jitter: clients that failed together do not come back together).
 *
 * `clock` is for tests, which need neither wait nor hope.
 */
export function withRetries(
  options: Omit<AttemptOptions, 'authorize'> & {
    /** Is given a request before its first attempt, and returns what adds the credentials to each attempt. */
    prepare: (request: Request) => AttemptOptions['authorize'];
    retries: number;
  },
  clock = { random: Math.random, wait: within as (ms: number, signal: AbortSignal) => Promise<unknown> },
): (request: Request) => Promise<Response> {
  return async (request) => {
    const authorize = options.prepare(request);
    // RFC 9110, section 9.2.2. The API keeps its part: revoking a key again answers the same.
    const idempotent =
      /^(GET|HEAD|PUT|DELETE)$/.test(request.method) ||
      (request.method === 'POST' && request.headers.has('Idempotency-Key'));
    for (let repeated = 0; ; repeated++) {
      const { response, error } = await attempt(request, { ...options, authorize });
      const askedMs = (error.retryAfter ?? 0) * 1000;
      // An error without a status is one without an answer.
      // The API's own 429 has a code, and says by `retryable` whether it helps to wait: not without a valid key.
      const failed = [undefined, !error.code && 429, 502, 503, 504].includes(error.status);
      const repeatable = error.retryable || (idempotent && failed);
      if (!repeatable || repeated >= options.retries || askedMs > LONGEST_WAIT_MS) {
        if (response) return response;
        throw error;
      }
      const jitterMs = clock.random() * FIRST_BACKOFF_MS * 2 ** repeated;
      await clock.wait(Math.min(askedMs + jitterMs, LONGEST_WAIT_MS), request.signal);
    }
  };
}
