import type { EpochSeconds } from './api-key.ts';

/** Whether one expiry lies after another. Null is never, the latest of all. */
export function isLater(expiry: EpochSeconds | null, than: EpochSeconds | null): boolean {
  if (than === null) return false;
  return expiry === null || expiry > than;
}
