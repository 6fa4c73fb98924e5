import { createBackgroundWriter } from './background-writer.ts';
import type { Log } from './dependencies.ts';
import type { EpochSeconds } from './keys/api-key.ts';
import type { ApiKeyUse, Store } from './storage/store.ts';

/** How many keys may wait at a time. They are written together, and nothing else happens meanwhile: for so many, for a tenth of a second. */
const MOST_KEYS = 10_000;

/** Notes when keys are used and what for, off the request's path. */
export interface LastUsedRecorder {
  /**
   * Notes a use of a key, and the scopes that it needed: none, as long as it is not known whether the key may do what is asked. Returns
   * at once; it is written within about a second.
   */
  record(keyId: string, at: EpochSeconds, neededScopes: readonly string[]): void;
  /** How many keys wait to be written. */
  readonly waiting: number;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** The latest of the uses of a key that wait to be written. */
interface PendingUse extends ApiKeyUse {
  at: EpochSeconds;
  readonly neededScopes: Map<string, EpochSeconds>;
}

/**
 * A recorder that gathers uses and writes them to the store once a second, so that a busy key costs one write a second. When the store
 * cannot write, the uses are kept for the next attempt. Memory is bounded: while 10,000 keys wait, uses of others are let go.
 */
export function createLastUsedRecorder(store: Pick<Store, 'recordUses'>, log: Log): LastUsedRecorder {
  let pending = new Map<string, PendingUse>();
  let letGo = 0;

  function add(keyId: string, at: EpochSeconds, neededScopes: readonly string[]): void {
    const known = pending.get(keyId);
    if (known === undefined && pending.size >= MOST_KEYS) {
      letGo += 1;
      return;
    }
    const use = known ?? { at, neededScopes: new Map<string, EpochSeconds>() };
    if (known === undefined) pending.set(keyId, use);
    use.at = Math.max(use.at, at);
    for (const scope of neededScopes) use.neededScopes.set(scope, Math.max(use.neededScopes.get(scope) ?? at, at));
  }

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
      for (const [keyId, use] of uses) {
        add(keyId, use.at, []);
        for (const [scope, at] of use.neededScopes) add(keyId, at, [scope]);
      }
      return false;
    } finally {
      if (letGo > 0) log.warn({ uses: letGo }, 'Uses of keys were let go, because too many keys waited to be written.');
      letGo = 0;
    }
  }

  const writer = createBackgroundWriter({ isEmpty: () => pending.size === 0, write });
  return {
    record(keyId, at, neededScopes) {
      add(keyId, at, neededScopes);
      writer.notify();
    },
    get waiting() {
      return pending.size;
    },
    close: () => writer.close(),
  };
}
