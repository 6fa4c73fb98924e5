import type { Dependencies } from '../dependencies.ts';
import { prune } from './prune.ts';

const HOUR_MS = 3_600_000;

/** Pruning that goes on until it is stopped. */
export interface Pruning {
  /** Resolves when nothing more is removed. */
  stop(): Promise<void>;
}

/**
 * Prunes now and every hour. A failure is logged, and the next hour tries again.
 *
 * @param retentionDays for how many days request logs are kept
 */
export function startPruning(needs: Pick<Dependencies, 'store' | 'clock' | 'log'>, retentionDays: number): Pruning {
  const stopping = new AbortController();
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    try {
      const { requestLogs, sealedReplies } = await prune(needs, retentionDays, stopping.signal);
      const rows = requestLogs + sealedReplies;
      if (rows > 0) needs.log.info({ rows }, 'Removed old request logs and sealed replies.');
    } catch (error) {
      needs.log.warn({ err: error }, 'Old rows could not be removed. The next hour tries again.');
    } finally {
      running = null;
    }
  }

  running = run();
  const timer = setInterval(() => (running ??= run()), HOUR_MS).unref();
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
