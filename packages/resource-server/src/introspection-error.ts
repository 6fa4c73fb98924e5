/**
 * Why the API could not be asked about a token:
 *
 * - `unreachable`: no connection, or it broke off
 * - `timeout`: no complete answer in time
 * - `credential_refused`: the API does not accept this resource server's own id and secret
 * - `rate_limited`: this resource server has asked too often
 * - `server_error`: the API or a proxy before it failed
 * - `unexpected_answer`: anything else, such as a page that is not the API's
 */
export type IntrospectionFailure =
  'unreachable' | 'timeout' | 'credential_refused' | 'rate_limited' | 'server_error' | 'unexpected_answer';

interface Details {
  readonly status?: number;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Seconds that a client is asked to wait when the API does not say how long. */
const RETRY_AFTER_SECONDS = 5;

/** Nobody can tell whether a token is active; so nobody is admitted. Holds neither the token nor the resource server's secret. */
export class IntrospectionError extends Error {
  override readonly name = 'IntrospectionError';
  readonly reason: IntrospectionFailure;
  /** The HTTP status of the answer, where there was one. */
  readonly status: number | undefined;
  /** Whole seconds after which it is worth trying again. */
  readonly retryAfterSeconds: number;

  constructor(reason: IntrospectionFailure, sentence: string, { status, retryAfterSeconds, cause }: Details = {}) {
    super(sentence, { cause });
    this.reason = reason;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds ?? RETRY_AFTER_SECONDS;
  }
}
