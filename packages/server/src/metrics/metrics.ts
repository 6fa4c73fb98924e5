import type { ErrorCode } from '../errors/error-codes.ts';
import type { FinishedRequest } from '../finished-request.ts';

/** What is counted for those who watch over the server. No label holds anything that a client can choose freely. */
export interface Metrics {
  /** Counts a request that is over. */
  countRequest(request: FinishedRequest): void;
  /** Counts what Node refused before the app saw it. */
  countMalformed(code: ErrorCode, status: number): void;
  /** Counts a connection that was closed at once, because too many were open. */
  countRefusedConnection(): void;
  /** All metrics as text, in the exposition format of Prometheus. */
  expose(): Promise<string>;
  readonly contentType: string;
}
