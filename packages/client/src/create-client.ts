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
   * while the client lives; what it throws reaches the caller as it is.
   */
  apiKey: string | (() => string | Promise<string>);
  /** Sends one request. By default the global `fetch`. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** How often a request is repeated at most, where that is safe. By default 2. */
  retries?: number | undefined;
  /** How long one attempt may take until its answer is complete, in milliseconds. By default 30,000; Infinity for no limit. */
  timeoutMs?: number | undefined;
}

/**
 * Makes a client of the Organization API. It keeps no connection and no state but its options; one is enough for a process.
 *
 * The key is sent to the origin of `baseUrl` only, and redirects are not followed. A request that brings an
 * `Authorization` header of its own keeps it. Middlewares (`use`) run once per call, around all of its attempts, and do not
 * see the key.
 *
 * @throws TypeError naming the option that is missing or wrong.
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

  const { origin } = new URL(baseUrl);
  const authorize = async ({ headers, url }: Request) => {
    // A call can override baseUrl, and a middleware can send the request elsewhere: the key does not go with it.
    if (!headers.has('Authorization') && url.startsWith(`${origin}/`)) {
      headers.set('Authorization', bearer(typeof apiKey === 'function' ? await apiKey() : apiKey));
    }
  };

  return createOpenapiClient<paths>({ baseUrl, fetch: withRetries({ authorize, fetch, retries, timeoutMs }) });
}

/**
 * The credentials of RFC 6750, section 2.1. Checked here because `Headers` quotes a value that it refuses in its error, and
 * a key with a line break in it would so end up in a log.
 */
function bearer(apiKey: string): string {
  if (!/^[\w.~+/-]+=*$/.test(apiKey ?? '')) throw new TypeError('apiKey must be a bearer token, not blank');
  return `Bearer ${apiKey}`;
}
