import type { Statement } from 'better-sqlite3';
import { StoreUnavailableError } from '../store.ts';
import type { Connection } from './connection.ts';
import { retryWhileBusy } from './retry-while-busy.ts';
import { isFailedSync, toStoreError } from './sqlite-errors.ts';
import { TransactionScope } from './transaction-scope.ts';
import { WriteQueue } from './write-queue.ts';

/** How long a change, or a read, may wait for another process's lock. */
export const LOCK_WAIT_MS = 1000;

/** How long after a transaction that discarded something the WAL is folded in, and how long after an attempt the next. */
const FOLD_IN_MS = 250;

/** The one connection that writes, and the order in which it does. */
export class Writer {
  readonly #connection: Connection;
  readonly #queue = new WriteQueue();
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #rewriteSomething: Statement;
  readonly #onFailedSync: (error: StoreUnavailableError) => void;
  #couldNotWrite = false;
  #failedSync: StoreUnavailableError | null = null;
  #foldingIn: NodeJS.Timeout | null = null;
  #closing = false;

  constructor(connection: Connection, onFailedSync: (error: StoreUnavailableError) => void = () => {}) {
    this.#connection = connection;
    this.#onFailedSync = onFailedSync;
    this.#begin = connection.prepare('BEGIN IMMEDIATE');
    this.#commit = connection.prepare('COMMIT');
    this.#rollback = connection.prepare('ROLLBACK');
    this.#rewriteSomething = connection.prepare('UPDATE operator_audit SET audit_length = audit_length');
    // For what was discarded before a process died.
    this.#foldInSoon();
  }

  /**
   * Runs `work` in a write transaction once those handed in before are done, and commits when it resolves.
   *
   * @throws {StoreBusyError} when another process still held the lock {@link LOCK_WAIT_MS} after the call
   * @throws {StoreUnavailableError} when SQLite failed; a commit is never tried again, because it may have been written
   */
  transaction<T>(work: (scope: TransactionScope) => T | Promise<T>): Promise<T> {
    // Counted from the call: a lock that lasts must not make the tenth in the queue wait ten times as long.
    const deadline = performance.now() + LOCK_WAIT_MS;
    return this.#queue.run(async () => {
      if (this.#failedSync !== null) throw this.#failedSync;
      try {
        await retryWhileBusy(() => this.#begin.run(), deadline);
        return await this.#commitAfter(work);
      } catch (error) {
        throw this.#note(toStoreError(error));
      }
    });
  }

  /** How many changes wait, or are being made. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Resolves when the write lock can be had and, where the latest transaction could not be written, when a small one
   * can be. On a disk that is nearly full a larger one may still fail.
   */
  probe(): Promise<void> {
    return this.transaction((scope) => {
      if (this.#couldNotWrite) scope.run(() => this.#rewriteSomething.run());
    });
  }

  /**
   * Waits for what was handed in before, then closes the connection. After a failed sync it stays open: closing it would move into the
   * database what the disk may have lost.
   */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#foldingIn !== null) clearTimeout(this.#foldingIn);
    await this.#queue.drained();
    if (this.#failedSync !== null) return;
    try {
      this.#foldIn();
    } catch {
      // Nothing is lost: what could not be moved into the database stays in the WAL, where the next open finds it.
    }
    this.#connection.close();
  }

  async #commitAfter<T>(work: (scope: TransactionScope) => T | Promise<T>): Promise<T> {
    const scope = new TransactionScope();
    try {
      const result = await work(scope);
      scope.throwIfFailed();
      this.#commit.run();
      this.#couldNotWrite = false;
      if (scope.hasDiscarded) this.#foldInSoon();
      return result;
    } finally {
      scope.end();
      // Not always: SQLite ends some failed transactions by itself.
      if (this.#connection.inTransaction) this.#rollback.run();
    }
  }

  /**
   * Overwrites what was discarded in the database file too, and empties the WAL. Not within a request, because that waits for the disk
   * twice. Several that discard something are folded in at once.
   */
  #foldInSoon(): void {
    if (this.#foldingIn !== null || this.#closing) return;
    this.#foldingIn = setTimeout(() => {
      void this.#queue.run(async () => {
        this.#foldingIn = null;
        if (this.#failedSync !== null || this.#closing) return;
        try {
          // Another process may be reading what is folded in.
          if (!this.#foldIn()) this.#foldInSoon();
        } catch (error) {
          this.#note(toStoreError(error));
        }
      });
    }, FOLD_IN_MS).unref();
  }

  /** Moves the WAL into the database file. Returns whether all of it could be, and the WAL is empty. */
  #foldIn(): boolean {
    return this.#connection.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0;
  }

  /** Remembers a failure for those who come after. */
  #note(error: unknown): unknown {
    if (error instanceof StoreUnavailableError) {
      this.#couldNotWrite = true;
      // After a failed fsync the system may drop what it had not written and report success the next time. Only a new
      // process that reads what is really on the disk can go on from there.
      if (isFailedSync(error.cause) && this.#failedSync === null) {
        this.#failedSync = error;
        this.#onFailedSync(error);
      }
    }
    return error;
  }
}
