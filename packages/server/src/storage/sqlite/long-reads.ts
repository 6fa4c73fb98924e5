import { setImmediate } from 'node:timers/promises';

/** Runs a query that takes a few milliseconds at most, in a turn of the event loop that no other long read has. */
export type ReadPortion = <T>(query: () => T) => Promise<T>;

/**
 * Reads what may take long, in portions: SQLite reads on the event loop, where everybody waits for it. Of all long reads together one
 * portion is read in a turn, and what has come in meanwhile is served between two. An organization's go one after the other, so that
 * one that asks for many takes no turns from others than those of one.
 */
export class LongReads {
  readonly #read: ReadPortion;
  /** The latest of each organization that has one. */
  readonly #latest = new Map<string, Promise<unknown>>();
  #turn: Promise<void> = Promise.resolve();

  constructor(read: ReadPortion) {
    this.#read = read;
  }

  async run<T>(organizationId: string, read: (portion: ReadPortion) => Promise<T>): Promise<T> {
    const before = this.#latest.get(organizationId);
    const own =
      before === undefined ? this.#readAll(read, 'at once') : before.then(() => this.#readAll(read, 'in a turn'));
    // Whether it succeeds is nothing to the one after it.
    const settled = Promise.allSettled([own]);
    this.#latest.set(organizationId, settled);
    try {
      return await own;
    } finally {
      if (this.#latest.get(organizationId) === settled) this.#latest.delete(organizationId);
    }
  }

  /** @param first when the first portion is read: what one can answer need not wait for a turn, unless many have come at once */
  #readAll<T>(read: (portion: ReadPortion) => Promise<T>, first: 'at once' | 'in a turn'): Promise<T> {
    let waits = first === 'in a turn';
    return read(async (query) => {
      if (waits) await this.#nextTurn();
      waits = true;
      return this.#read(query);
    });
  }

  #nextTurn(): Promise<void> {
    this.#turn = this.#turn.then(() => setImmediate());
    return this.#turn;
  }
}
