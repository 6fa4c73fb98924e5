import { Pool, types, type ClientBase, type ClientConfig, type PoolClient } from 'pg';
import { type PoolStatus, StoreUnavailableError } from '../store.ts';
import { isConnectionLoss, toCommitError, toConnectError, toStoreError } from './postgres-errors.ts';
import type { Parameters, Queryable, QueryResult } from './queryable.ts';
import { statementOf } from './statements.ts';
import { TransactionScope } from './transaction-scope.ts';
import { Turns } from './turns.ts';

/** How long one waits for a connection, be it a new one or one that others use. */
const CONNECTION_WAIT_MS = 2_000;

/** How long a statement may wait for another's lock. */
const LOCK_WAIT_MS = 1_000;

/** How long a statement may take on the server, and a transaction may be left idle there. */
const STATEMENT_MS = 10_000;

/** After which a server that has not answered, not even that a statement took too long, is taken for lost. */
const SILENCE_MS = 15_000;

export interface DatabaseOptions {
  /** `postgres://` or `postgresql://`; `sslmode` and what else it says is as the driver `pg` takes it. */
  readonly url: string;
  /** How many connections are open at most. 10 unless said otherwise. */
  readonly poolSize?: number;
}

/** The connections to a PostgreSQL database. One that is lost is replaced when it is needed next. */
export class Database implements Queryable {
  readonly #pool: Pool;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #turns = new Turns();
  #closed: Promise<void> | null = null;

  /** Connects to nothing yet. */
  constructor({ url, poolSize = 10 }: DatabaseOptions) {
    this.#pool = new Pool({
      ...connectionSettings(url),
      max: poolSize,
      connectionTimeoutMillis: CONNECTION_WAIT_MS,
      statement_timeout: STATEMENT_MS,
      lock_timeout: LOCK_WAIT_MS,
      idle_in_transaction_session_timeout: STATEMENT_MS,
      query_timeout: SILENCE_MS,
    });
    // A connection may be lost at any moment, also while nobody uses it. Whoever uses it next, or does now, is told by its statement;
    // an event that nobody hears would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  query<Row>(text: string, parameters?: Parameters): Promise<QueryResult<Row>> {
    return this.#withConnection(async (client) => {
      try {
        return await run<Row>(client, text, parameters);
      } catch (error) {
        throw toStoreError(error);
      }
    });
  }

  /**
   * Runs `work` in a transaction and commits when it resolves. Each statement sees what was committed before it; what must not change
   * meanwhile has to be locked.
   *
   * @throws {StoreUnavailableError} when the connection was lost; a commit is never repeated, because it may have been carried out
   */
  transaction<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    return this.#withConnection((client) => runWithin(client, work));
  }

  /** The same, once those of this process that were begun before with the same `lock` are done. */
  transactionInTurn<T>(lock: string, work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    return this.#whileOpen(() => this.#turns.run(lock, () => this.#connectAnd((client) => runWithin(client, work))));
  }

  /** How the connections are used. */
  get status(): PoolStatus {
    return { total: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount };
  }

  /** Waits for what is under way, then closes all connections. From the call on nothing new is taken. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#pool.end();
  }

  #withConnection<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.#whileOpen(() => this.#connectAnd(use));
  }

  async #whileOpen<T>(job: () => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw new StoreUnavailableError('The store is closed.');
    const using = job();
    this.#underWay.add(using);
    try {
      return await using;
    } finally {
      this.#underWay.delete(using);
    }
  }

  async #connectAnd<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    let client;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw toConnectError(error);
    }
    let isBroken = false;
    try {
      return await use(client);
    } catch (error) {
      isBroken = error instanceof StoreUnavailableError;
      throw error;
    } finally {
      // What a connection is left with that failed is for the server to undo.
      client.release(isBroken);
    }
  }
}

async function runWithin<T>(client: PoolClient, work: (scope: TransactionScope) => Promise<T>): Promise<T> {
  const scope = new TransactionScope({ query: (text, parameters) => run(client, text, parameters) });
  try {
    await scope.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    const result = await work(scope);
    await scope.end();
    scope.throwIfFailed();
    await commit(client);
    return result;
  } catch (error) {
    await scope.end();
    if (!(error instanceof StoreUnavailableError)) await rollBack(client);
    throw error;
  }
}

const SETTINGS = {
  // A server may be set to confirm commits before they are on its disk.
  synchronous_commit: 'on',
  // Each statement has an index to go by, and must go by it however few rows there seem to be or however many: what a table holds
  // differs by organization, and statistics know little of that. These are the ways that read or sort it all.
  enable_hashjoin: 'off',
  enable_incremental_sort: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
  enable_sort: 'off',
  // Up to version 17 a way that is off but the only one looks so dear that PostgreSQL would compile it.
  jit: 'off',
};

/** What all connections to a database have in common. */
export function connectionSettings(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'signa',
    keepAlive: true,
    options: Object.entries(SETTINGS)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: { getTypeParser },
  };
}

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  // Sequences, times and counts: all far below 2^53.
  if (oid === types.builtins.INT8) return Number;
  return types.getTypeParser(oid, format as 'text');
}

async function run<Row>(client: ClientBase, given: string, values: Parameters = {}): Promise<QueryResult<Row>> {
  const { name, text, parameters } = statementOf(given);
  const { rows, rowCount } = await client.query({ name, text, values: parameters.map((each) => values[each]) });
  // The cast holds as far as the statement's text and its type are written to fit.
  return { rows: rows as Row[], count: rowCount ?? 0 };
}

async function commit(client: ClientBase): Promise<void> {
  try {
    const { command } = await client.query('COMMIT');
    // What PostgreSQL answers, without an error, when a statement had failed.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back.');
  } catch (error) {
    throw toCommitError(error);
  }
}

async function rollBack(client: ClientBase): Promise<void> {
  try {
    await client.query('ROLLBACK');
  } catch (error) {
    throw isConnectionLoss(error) ? toStoreError(error) : error;
  }
}
