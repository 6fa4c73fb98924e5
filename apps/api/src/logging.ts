import { type Log, redactSecrets } from '@signa/server';
import pino from 'pino';
import type { LogLevel } from './configuration.ts';
import { humanLine } from './human-line.ts';

/**
 * The fields that a log line may have. All others are dropped, so that nobody logs a header, a body or a key by adding a field in
 * passing: it takes a line here, where it is seen.
 */
const ALLOWED_FIELDS = new Set([
  // Of requests.
  'request_id',
  'method',
  'operation',
  'path',
  'api_key_id',
  'resource_server_id',
  'status',
  'error_code',
  'duration_ms',
  // Put there by OpenTelemetry's instrumentation of pino, where an operator has loaded it.
  'trace_id',
  'span_id',
  'trace_flags',
  // Of the process.
  'err',
  'url',
  'file',
  'data_dir',
  'organization_id',
  'signal',
  'connections',
  'keys',
  'rows',
]);

const LONGEST_CHAIN = 5;

export interface LogOptions {
  readonly level: LogLevel;
  /** Writes lines for people instead of JSON. */
  readonly human: boolean;
  /** Where each line goes, its line feed included. By default standard output, each line written before the call returns. */
  readonly destination?: { write(line: string): void };
}

/** The log of the process: one JSON object a line. No secret gets into it, wherever in a line it stands. */
export function createLog({ level, human, destination = pino.destination({ dest: 1, sync: true }) }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: keepAllowed },
      serializers: { err: describeError },
      hooks: { streamWrite: redactSecrets },
    },
    human ? { write: (line: string) => destination.write(humanLine(line)) } : destination,
  );
}

function keepAllowed(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => ALLOWED_FIELDS.has(name) && (name === 'err' || isPlain(value))),
  );
}

/** Nothing within which something else could travel. */
function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

/** What is told of an error: an allow-list as well. Libraries hang whole requests and configurations on theirs. */
function describeError(error: unknown, depth = 1): ErrorDescription {
  if (!(error instanceof Error)) {
    return { type: typeof error, message: typeof error === 'string' ? error : 'What was thrown is not an Error.' };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(typeof error.stack === 'string' && { stack: error.stack }),
    ...(error.cause !== undefined && depth < LONGEST_CHAIN && { cause: describeError(error.cause, depth + 1) }),
  };
}
