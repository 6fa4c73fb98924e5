import { randomBytes } from 'node:crypto';
import { type RequestListener, type Server, STATUS_CODES, createServer as createHttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { FIXED_HEADERS } from './contract/headers.ts';
import { ApiError } from './errors/api-error.ts';
import { generateId } from './keys/ids.ts';
import type { Metrics } from './metrics/metrics.ts';

/** Bounds on what a slow or hostile client can hold, in milliseconds and bytes. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  // How often Node looks for requests that are over time. With its default of 30 s they could hold on three times as long.
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
  // The app refuses a missing Host header itself, with the error body that Node would not send.
  requireHostHeader: false,
};

/**
 * Within how many milliseconds of its headers a request must be over. Node has no time-out for those who do not fetch their answer.
 */
const LONGEST_EXCHANGE = 18_000;

interface ServerOptions {
  /** How many connections may be open at a time; one more is closed at once. Without it any number. */
  readonly maxConnections?: number;
  /** Told of what the app never sees. */
  readonly metrics?: Pick<Metrics, 'countMalformed' | 'countRefusedConnection'>;
}

/**
 * The app, or another listener, behind an HTTP server with time-outs, which answers in JSON even what Node refuses before the listener
 * sees it.
 */
export function createServer(listener: RequestListener, { maxConnections, metrics }: ServerOptions = {}): Server {
  const server = createHttpServer(LIMITS, listener);
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  server.on('drop', () => metrics?.countRefusedConnection());
  const answering = new WeakSet<Duplex>();
  // The listener counts them. By itself Node would leave out those beyond 2,000 without a word.
  server.maxHeadersCount = 0;
  server.on('request', ({ socket }, response) => {
    answering.add(socket);
    // A reset, because what the system still holds for a client that does not read would otherwise stay for minutes.
    const overdue = setTimeout(() => socket.resetAndDestroy(), LONGEST_EXCHANGE).unref();
    response.once('close', () => {
      answering.delete(socket);
      clearTimeout(overdue);
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Whoever is gone cannot be told; and whoever still waits for another answer would take this one for it.
    if (error.code === 'ECONNRESET' || !socket.writable || answering.has(socket)) socket.destroy();
    else {
      const refusal = toApiError(error);
      metrics?.countMalformed(refusal.code, refusal.status);
      socket.end(rawAnswer(refusal));
    }
  });
  return server;
}

function toApiError({ code }: NodeJS.ErrnoException): ApiError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError('headers_too_large', 'The headers exceed 16 kB.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError('request_timeout', 'The request did not arrive in time.');
    default:
      return new ApiError('malformed_http', 'What arrived is not a valid HTTP request.');
  }
}

function rawAnswer(error: ApiError): string {
  const requestId = generateId('req', randomBytes);
  const payload = JSON.stringify(error.body('', requestId));
  const headers = {
    Date: new Date().toUTCString(),
    Connection: 'close',
    ...FIXED_HEADERS,
    'X-Request-Id': requestId,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(payload),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${payload}`;
}
