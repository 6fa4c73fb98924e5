import { createBackgroundWriter } from '../background-writer.ts';
import type { Log } from '../dependencies.ts';
import { dayOf } from '../keys/day.ts';
import type { Store } from '../storage/store.ts';
import { UsageTally } from '../usage/usage-tally.ts';
import { type CountedRequest, type RequestLog, isError } from './request-log.ts';

// What is written in one transaction: the event loop stands still for 2 to 5 ms meanwhile. A count is kept as four sums.
const PORTION_OF_ROWS = 250;
const PORTION_OF_COUNTS = 100;

/** How many rows wait in memory at most, about 5 MB. What a server answers within some seconds. */
const MOST_WAITING = 10_000;

/** How often it is told that rows are dropped, at most. */
const REPORT_EVERY_MS = 1_000;

/** Keeps request logs and counts usage, off the request's path. */
export interface RequestLogRecorder {
  /** Counts a request as usage. Returns at once; the number is written within about a second. */
  count(request: CountedRequest): void;
  /**
   * Takes a row. Returns at once; it is written within about a second. When the store is so slow, or fails for so long, that too
   * many rows wait, the row is dropped.
   */
  record(row: RequestLog): void;
  /** How many rows wait to be written. */
  readonly waiting: number;
  /** How many rows were dropped since the start. */
  readonly dropped: number;
  /** Writes what is left. */
  close(): Promise<void>;
}

export interface RequestLogOptions {
  /** Whether rows keep the address of the client. */
  readonly clientAddresses: boolean;
}

/** A recorder that gathers rows and counts, and keeps what the store could not write for the next attempt. */
export function createRequestLogRecorder(
  store: Pick<Store, 'requestLogs'>,
  log: Log,
  { clientAddresses }: RequestLogOptions,
): RequestLogRecorder {
  const rows: RequestLog[] = [];
  const usage = new UsageTally();
  let dropped = 0;
  let reported = 0;
  let reporting: NodeJS.Timeout | null = null;

  /** Writes a portion after the other until less than one is left, which waits for more. */
  async function write(): Promise<boolean> {
    do {
      const portion = rows.slice(0, PORTION_OF_ROWS);
      const counts = usage.take(PORTION_OF_COUNTS);
      try {
        await store.requestLogs.append(portion, counts);
      } catch (error) {
        usage.putBack(counts);
        log.warn(
          { err: error, rows: rows.length },
          'Request logs could not be written and are kept for the next attempt.',
        );
        return false;
      }
      rows.splice(0, portion.length);
    } while (rows.length >= PORTION_OF_ROWS || usage.size >= PORTION_OF_COUNTS);
    return true;
  }

  const writer = createBackgroundWriter({ isEmpty: () => rows.length === 0 && usage.size === 0, write });

  function drop(count: number): void {
    dropped += count;
    reporting ??= setTimeout(report, REPORT_EVERY_MS).unref();
  }

  function report(): void {
    reporting = null;
    log.warn({ rows: dropped - reported }, 'Request logs were dropped: the database does not keep up.');
    reported = dropped;
  }

  return {
    count(request) {
      usage.count(request, dayOf(request.occurredAt), isError(request));
      writer.notify();
    },
    record(row) {
      if (rows.length < MOST_WAITING) rows.push(clientAddresses ? row : { ...row, clientAddress: null });
      else drop(1);
      if (rows.length === PORTION_OF_ROWS) writer.hurry();
      else writer.notify();
    },
    get waiting() {
      return rows.length;
    },
    get dropped() {
      return dropped;
    },
    async close() {
      await writer.close();
      if (rows.length > 0) drop(rows.length);
      if (reporting === null) return;
      clearTimeout(reporting);
      report();
    },
  };
}
