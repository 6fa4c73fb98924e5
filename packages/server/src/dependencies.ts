import type { EpochSeconds } from './keys/api-key.ts';
import type { Limits } from './limits/limiter.ts';
import type { LastUsedRecorder } from './last-used.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { RequestLogRecorder } from './request-logs/recorder.ts';
import type { Store } from './storage/store.ts';

/** The time now, in whole seconds. An argument, so that expiry and grace are tested without waiting. */
export type Clock = () => EpochSeconds;

/** Returns `size` bytes that nobody can predict. In production `crypto.randomBytes`. */
export type RandomSource = (size: number) => Uint8Array;

/** Structured logging, as pino does it: the fields first, then what happened. No field may hold a secret. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A page and the Content-Security-Policy under which it works. */
export interface Page {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** How many proxies stand in front of the server, or their addresses and subnets; the names are those of Express. */
export type TrustProxy = number | readonly string[];

/** All that the app needs from outside. It reads no environment variable, no clock and no file by itself. */
export interface Dependencies {
  readonly store: Store;
  readonly clock: Clock;
  /** For limits counted in memory: one that nobody sets, so that no limit is lifted or prolonged. Without it, `clock`. */
  readonly steadyClock?: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly lastUsed: LastUsedRecorder;
  readonly requestLogs: RequestLogRecorder;
  /** How many requests a minute an organization may send, unless an operator gave it limits of its own, and a resource server. */
  readonly limits: Limits;
  /** How many requests a minute from one address may fail to authenticate before more are answered 429. */
  readonly failedAuthentications: number;
  /** Who is believed what `X-Forwarded-For` says of the client's address. Without it nobody. */
  readonly trustProxy?: TrustProxy;
  /** A signal that is aborted after some milliseconds. By default `AbortSignal.timeout`; an argument, as the clock is. */
  readonly timeout?: (ms: number) => AbortSignal;
  /** Whether the process still takes requests; false from the moment it is told to stop. Answers `/health/ready`. */
  readonly isAccepting: () => boolean;
  /** Has express-openapi-validator check every response as well, as a second opinion. For development and tests: it costs time. */
  readonly validateResponses?: boolean;
  /** Told of every request. */
  readonly metrics?: Pick<Metrics, 'countRequest'>;
  /** The reference docs, served at `/docs`. Without it there is no such page. */
  readonly docs?: Page;
}
