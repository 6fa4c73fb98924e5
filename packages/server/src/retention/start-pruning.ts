import type { Dependencies } from '../dependencies.ts';
import { pruneRequestLogs, pruneSealedReplies } from './prune.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Pruning that goes on until it is stopped. */
export interface Pruning {
  /** Resolves when nothing more is removed. */
  stop(): Promise<void>;
}

/**
 * Prunes sealed replies now and every minute, and request logs now and every hour. Neither waits for the other: a secret whose time is
 * over is discarded however long the logs take. A failure is logged, and the next time tries again.
 *
 * @param retentionDays for how many days request logs are kept
 */
export function startPruning(needs: Pick<Dependencies, 'store' | 'clock' | 'log'>, retentionDays: number): Pruning {
  const stopping = new AbortController();
  const { signal } = stopping;

  function every(intervalMs: number, what: string, remove: () => Promise<number>) {
    async function run(): Promise<void> {
      try {
        const rows = await remove();
        if (rows > 0) needs.log.info({ rows }, `Removed old ${what}.`);
      } catch (error) {
        needs.log.warn({ err: error }, `Old ${what} could not be removed. This is tried again.`);
      } finally {
        running = null;
      }
    }

    let running: Promise<void> | null = run();
    const timer = setInterval(() => (running ??= run()), intervalMs).unref();
    return async () => {
      clearInterval(timer);
      await running;
    };
  }

  const stops = [
    every(MINUTE_MS, 'sealed replies', () => pruneSealedReplies(needs, signal)),
    every(HOUR_MS, 'request logs', () => pruneRequestLogs(needs, retentionDays, signal)),
  ];
  return {
    async stop() {
      stopping.abort();
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
