import { toStoreError } from './sqlite-errors.ts';

/** Keeps the statements of one transaction within it. */
export class TransactionScope {
  #failure: unknown = null;
  #hasEnded = false;
  #hasDiscarded = false;

  /**
   * Runs a statement of the transaction.
   *
   * @throws {Error} when the transaction has ended: the statement would be committed by itself, or within someone
   *   else's transaction
   */
  run<T>(statement: () => T): T {
    if (this.#hasEnded) throw new Error('This transaction has ended: await its methods before the work resolves.');
    this.throwIfFailed();
    try {
      return statement();
    } catch (error) {
      this.#failure = toStoreError(error);
      throw this.#failure;
    }
  }

  /** Runs a statement that discards what must not lie on in the files, and returns how many rows that were. */
  discard(statement: () => number): number {
    const rows = this.run(statement);
    if (rows > 0) this.#hasDiscarded = true;
    return rows;
  }

  /** Whether something was discarded that lies on in the database file until the WAL is folded into it. */
  get hasDiscarded(): boolean {
    return this.#hasDiscarded;
  }

  /**
   * Throws what a statement has thrown. Work that swallowed it must not be committed: SQLite may have rolled back what
   * came before.
   */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** From now on no statement runs. */
  end(): void {
    this.#hasEnded = true;
  }
}
