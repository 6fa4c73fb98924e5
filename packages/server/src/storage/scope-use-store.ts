import type { ApiKey, EpochSeconds } from '../keys/api-key.ts';

/** Tells which scopes of keys were needed, as `recordUses` has noted it. */
export interface ScopeUseStore {
  /** What is known of a key's scopes; of those, too, that it does not hold any more. */
  read(apiKey: ApiKey): Promise<ScopeUses>;
}

export interface ScopeUses {
  /** Since when it is noted for this key: its creation, or, for an older one, when the store began to note it. */
  readonly recordedSince: EpochSeconds;
  /** By scope. One that was never needed is not there. */
  readonly lastNeededAt: ReadonlyMap<string, EpochSeconds>;
}
