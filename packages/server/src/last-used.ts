import { createBackgroundWriter } from './background-writer.ts';
import type { Log } from './dependencies.ts';
import type { EpochSeconds } from './keys/api-key.ts';
import type { Store } from './storage/store.ts';

/** Notes when keys are used, off the request's path. */
export interface LastUsedRecorder {
  /** Notes a use. Returns at once; it is written within about a second. */
  record(keyId: string, at: EpochSeconds): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/**
 * A recorder that gathers uses and writes them to the store once a second, so that a busy key costs one write a second. Memory is
 * bounded by the number of keys used within that second. When the store cannot write, the uses are kept for the next attempt.
 */
export function createLastUsedRecorder(store: Pick<Store, 'recordUses'>, log: Log): LastUsedRecorder {
  let pending = new Map<string, EpochSeconds>();

  async function write(): Promise<boolean> {
    const uses = pending;
    pending = new Map();
    try {
      await store.recordUses(uses);
      return true;
    } catch (error) {
      log.warn(
        { err: error, keys: uses.size },
        'The times of last use could not be written and are kept for the next attempt.',
      );
      // What came in meanwhile is newer.
      pending = new Map([...uses, ...pending]);
      return false;
    }
  }

  const writer = createBackgroundWriter({ isEmpty: () => pending.size === 0, write });
  return {
    record(keyId, at) {
      pending.set(keyId, at);
      writer.notify();
    },
    close: () => writer.close(),
  };
}
