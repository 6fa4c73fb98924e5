import { setTimeout as sleep } from 'node:timers/promises';
import type { Dependencies } from '../dependencies.ts';

const SECONDS_OF_A_DAY = 86_400;

/** How many rows are removed in one transaction: writes wait for 1 to 5 ms. */
const PORTION = 250;

/** Between two portions, so that writes have the database to themselves most of the time. */
const PAUSE_MS = 10;

/** How many rows of each kind were removed. */
export interface Pruned {
  readonly requestLogs: number;
  /** Ciphertexts that were discarded, and replies that were deleted. */
  readonly sealedReplies: number;
}

/**
 * Removes what has been kept for long enough, in small portions, so that neither requests nor another process have to wait.
 *
 * @param retentionDays for how many days request logs are kept
 * @param signal ends it after the portion that is under way
 */
export async function prune(
  { store, clock }: Pick<Dependencies, 'store' | 'clock'>,
  retentionDays: number,
  signal?: AbortSignal,
): Promise<Pruned> {
  const now = clock();
  return {
    requestLogs: await untilNothing(
      () => store.requestLogs.prune(now - retentionDays * SECONDS_OF_A_DAY, PORTION),
      signal,
    ),
    sealedReplies: await untilNothing(() => store.sealedReplies.prune(now, PORTION), signal),
  };
}

/** Removes portion after portion until there is nothing more to remove. Returns how many rows that were. */
async function untilNothing(removePortion: () => Promise<number>, signal?: AbortSignal): Promise<number> {
  for (let total = 0; ;) {
    const removed = signal?.aborted === true ? 0 : await removePortion();
    if (removed === 0) return total;
    total += removed;
    await sleep(PAUSE_MS);
  }
}
