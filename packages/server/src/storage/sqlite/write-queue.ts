import { setImmediate as nextTurnOfTheEventLoop } from 'node:timers/promises';

/** Runs jobs one after another, in the order in which they were handed in. */
export class WriteQueue {
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** How many jobs are not yet done. */
  get length(): number {
    return this.#length;
  }

  /** Resolves, or rejects, as the job does. */
  run<T>(job: () => Promise<T>): Promise<T> {
    this.#length += 1;
    const result = this.#last.then(job).finally(() => (this.#length -= 1));
    // Whether a job fails is no concern of the next. The pause lets requests be read and answered between two commits,
    // which otherwise, being synchronous beneath, would run as one until the queue is empty.
    this.#last = result.then(nextTurnOfTheEventLoop, nextTurnOfTheEventLoop);
    return result;
  }

  /** Resolves when all that was handed in before is done. */
  async drained(): Promise<void> {
    await this.#last;
  }
}
