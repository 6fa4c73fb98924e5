import { setTimeout as sleep } from 'node:timers/promises';
import type { Dependencies } from '../dependencies.ts';

const SECONDS_OF_A_DAY = 86_400;

/** How many rows are removed in one transaction: writes wait for 1 to 5 ms. */
const PORTION = 250;

/** Between two portions, so that writes have the database to themselves most of the time. */
const PAUSE_MS = 10;

type Needs = Pick<Dependencies, 'store' | 'clock'>;

/** How many rows of each kind were removed. */
export interface Pruned {
  readonly requestLogs: number;
  /** Ciphertexts that were discarded, and replies that were deleted. */
  readonly sealedReplies: number;
}

/**
 * Removes what has been kept for long enough, in small portions, so that neither requests nor another process have to wait. Sealed
 * replies go first, because they hold secrets.
 *
 * @param retentionDays for how many days request logs are kept
 */
export async function prune(needs: Needs, retentionDays: number): Promise<Pruned> {
  const sealedReplies = await pruneSealedReplies(needs);
  return { sealedReplies, requestLogs: await pruneRequestLogs(needs, retentionDays) };
}

/**
 * Discards the ciphertexts and deletes the replies whose time is over. Returns how many those were.
 *
 * @param signal ends it after the portion that is under way
 */
export function pruneSealedReplies({ store, clock }: Needs, signal?: AbortSignal): Promise<number> {
  const now = clock();
  return untilNothing(() => store.sealedReplies.prune(now, PORTION), signal);
}

/**
 * Removes the request logs that are older than `retentionDays`. Returns how many those were.
 *
 * @param signal ends it after the portion that is under way
 */
export function pruneRequestLogs(
  { store, clock }: Needs,
  retentionDays: number,
  signal?: AbortSignal,
): Promise<number> {
  const before = clock() - retentionDays * SECONDS_OF_A_DAY;
  return untilNothing(() => store.requestLogs.prune(before, PORTION), signal);
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
