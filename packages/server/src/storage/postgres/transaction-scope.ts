import type { Parameters, Queryable, QueryResult } from './queryable.ts';
import { toStoreError } from './postgres-errors.ts';

/** Keeps the statements of one transaction within it. */
export class TransactionScope implements Queryable {
  readonly #connection: Queryable;
  #failure: unknown = null;
  #hasEnded = false;
  /** The latest statement, which the next one waits for: a connection carries out one at a time. */
  #latest: Promise<unknown> = Promise.resolve();

  /** @param connection the connection that the transaction was begun on; its errors are those of the driver */
  constructor(connection: Queryable) {
    this.#connection = connection;
  }

  /**
   * Runs a statement of the transaction.
   *
   * @throws {Error} when the transaction has ended: the statement would be committed by itself, or within someone else's transaction
   */
  query<Row>(text: string, parameters?: Parameters): Promise<QueryResult<Row>> {
    const result = this.#latest.then(() => this.#run<Row>(text, parameters));
    this.#latest = result.catch(() => {});
    return result;
  }

  /** Throws what a statement has thrown. Work that swallowed it must not be committed: nothing of it would be. */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** From now on no statement runs. Resolves when the one under way is done. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#latest;
  }

  async #run<Row>(text: string, parameters?: Parameters): Promise<QueryResult<Row>> {
    if (this.#hasEnded) throw new Error('This transaction has ended: await its methods before the work resolves.');
    this.throwIfFailed();
    try {
      return await this.#connection.query<Row>(text, parameters);
    } catch (error) {
      this.#failure = toStoreError(error);
      throw this.#failure;
    }
  }
}
