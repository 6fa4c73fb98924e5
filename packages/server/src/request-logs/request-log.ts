import type { EpochSeconds } from '../keys/api-key.ts';

/** A request of an organization's key, or about one, once it is over. */
export interface RequestLog {
  readonly organizationId: string;
  readonly requestId: string;
  /** When it arrived. */
  readonly occurredAt: EpochSeconds;
  /** As it was sent: HEAD is HEAD, although it runs as GET. */
  readonly method: string;
  /** Never holds more than the contract allows; see `loggedPath`. */
  readonly path: string;
  readonly pathTemplate: string;
  readonly operationId: string;
  /** Null when the client was gone before the answer was out. */
  readonly status: number | null;
  /** To the microsecond. */
  readonly durationMs: number;
  /**
   * The error's `type`; `unauthorized`, although the status is 200, where a resource server was told that the key is inactive. Null
   * when it succeeded, or when nobody waited for the answer.
   */
  readonly errorType: string | null;
  readonly apiKeyId: string;
  readonly apiKeyPrefix: string;
  readonly clientAddress: string | null;
}

/** What is counted of a request. */
export type CountedRequest = Pick<RequestLog, 'organizationId' | 'apiKeyId' | 'operationId' | 'occurredAt' | 'status'>;

/** Whether a request counts as an error in the usage: it was answered with 400 or above. */
export function isError({ status }: Pick<RequestLog, 'status'>): boolean {
  return status !== null && status >= 400;
}
