import type { paths } from '@signa/openapi';
import createOpenapiClient, { type Client } from 'openapi-fetch';
import { withRetries } from './retry.ts';

/** openapi-fetch's client, typed by the contract. Whatever is written for openapi-fetch works on it. */
export type SignaClient = Client<paths>;

export interface ClientOptions {
  /** Where the API is: an http or https URL, with or without a slash at its end. */
  baseUrl: string;
  /**
   * The API key, or a function that returns it. The function is asked before every attempt, so that a key can be rotated
   * while the client lives; but once for all attempts of a POST, because to the API another secret is another caller, to whom
   * an Idempotency-Key means nothing. What it throws reaches the caller as it is.
   */
  apiKey: string | (() => string | Promise<string>);
  /** Sends one request. By default the global `fetch`. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** How often a request is repeated at most, where that is safe: 0 or a positive whole number. By default 2. */
  retries?: number | undefined;
  /** How long one attempt may take until its answer is complete, in milliseconds above 0. By default 30,000; Infinity for no limit. */
  timeoutMs?: number | undefined;
}

/**
 * Makes a client of the Organization API. It keeps no connection and no state but its options; one is enough for a process.
 *
 * The key is sent to the origin of `baseUrl` only, and redirects are not followed. A request that brings an
 * `Authorization` header of its own keeps it. Middlewares (`use`) run once per call, around all of its attempts, and do not
 * see the key.
 *
 * A POST that is sent with the key gets an Idempotency-Key of its own, unless it brings one, and can so be repeated safely.
 *
 * @throws TypeError naming the option that is missing or wrong; RangeError naming the number that makes no sense.
 */
export function createClient({
  baseUrl,
  apiKey,
  // Looked up at each call, so that a polyfill or an instrumentation that comes later is used.
  fetch = (request) => globalThis.fetch(request),
  retries = 2,
  timeoutMs = 30_000,
}: ClientOptions): SignaClient {
  // The URL is not quoted: it may hold credentials.
  if (!/^https?:\/\/[^?#@\s]+$/i.test(baseUrl)) {
    throw new TypeError('baseUrl must be an http(s) URL without credentials or query');
  }
  if (typeof apiKey !== 'function') bearer(apiKey);
  if (!Number.isInteger(retries) || retries < 0) throw new RangeError('retries must be 0 or a positive whole number');
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0)) throw new RangeError('timeoutMs must be a number above 0');

  const { origin } = new URL(baseUrl);
  const prepare = ({ method, headers, url }: Request) => {
    // A call can override baseUrl, and a middleware can send the request elsewhere: the key does not go with it.
    if (headers.has('Authorization') || !url.startsWith(`${origin}/`)) return async () => {};
    const isPost = method === 'POST';
    if (isPost && !headers.has('Idempotency-Key')) {
      // 128 random bits. Not randomUUID, which browsers have on secure pages only.
      headers.set('Idempotency-Key', crypto.getRandomValues(new Uint32Array(4)).join('-'));
    }
    let credentials = '';
    return async (attempt: Request) => {
      if (!isPost || !credentials) credentials = bearer(typeof apiKey === 'function' ? await apiKey() : apiKey);
      attempt.headers.set('Authorization', credentials);
    };
  };

  return createOpenapiClient<paths>({ baseUrl, fetch: withRetries({ prepare, fetch, retries, timeoutMs }) });
}

/**
 * The credentials of RFC 6750, section 2.1. Checked here because `Headers` quotes a value that it refuses in its error, and
 * a key with a line break in it would so end up in a log.
 */
function bearer(apiKey: string): string {
  if (!/^[\w.~+/-]+=*$/.test(apiKey ?? '')) throw new TypeError('apiKey must be a bearer token, not blank');
  return `Bearer ${apiKey}`;
}
