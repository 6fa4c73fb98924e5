import type { EpochDay } from '../keys/day.ts';

/** Numbers of requests. */
export interface Counts {
  readonly requests: number;
  /** Those among them that were answered with 400 or above. */
  readonly errors: number;
}

/** How often a key was used for an operation on a day. */
export interface UsageCount extends Counts {
  readonly organizationId: string;
  readonly day: EpochDay;
  readonly apiKeyId: string;
  readonly operationId: string;
}
