import type { IncomingMessage } from 'node:http';
import { readBearerToken } from './bearer-token.ts';
import { type CacheOptions, withCache } from './cache.ts';
import { type Decision, insufficientScope, invalidToken, nothingPresented, unavailable } from './decision.ts';
import { type ActiveToken, createIntrospect, type Scope } from './introspect.ts';
import { IntrospectionError } from './introspection-error.ts';
import { type Middleware, middlewareOf } from './require-scopes.ts';

export interface ResourceServerOptions {
  /** Where the API is: an http or https URL, with or without a slash at its end. */
  readonly baseUrl: string;
  /** The id of this resource server's credential, which an operator made: `rs_…`. */
  readonly id: string;
  /** The secret that belongs to it: `sigrs_…`. */
  readonly secret: string;
  /** Sends one request, and ends when its signal says so. By default the global `fetch`, which keeps connections alive. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** How long the API may take to answer, in milliseconds. By default 2,000. */
  readonly timeoutMs?: number | undefined;
  /** Admits a key again without asking, for a while. By default off: a revoked key is refused at once. */
  readonly cache?: CacheOptions | undefined;
  /**
   * Told each time a request is answered 503, so that the operator learns why. By default a warning of the process, which Node
   * prints on standard error.
   */
  readonly onUnavailable?: ((error: IntrospectionError) => void) | undefined;
}

export interface ResourceServer {
  /**
   * Express middleware that lets a request pass when its key is active and holds all of these scopes; `callerOf` then tells whose
   * it is. It answers all others itself: 401 and 403 as RFC 6750 says, 503 with `Retry-After` when the API cannot be asked.
   *
   * @throws TypeError when no scope is named, or one cannot be a scope
   */
  requireScopes(...scopes: readonly [Scope, ...Scope[]]): Middleware;
  /**
   * The same decision for a server that is not Express. Never rejects because of the API: what cannot be checked is not admitted.
   *
   * @throws TypeError when no scope is named, or one cannot be a scope
   */
  authorize(request: Pick<IncomingMessage, 'headersDistinct'>, scopes: readonly string[]): Promise<Decision>;
}

const WRONG_SCOPES = 'scopes must be one or more, each of letters, digits, colons, dots, hyphens and underscores';

/**
 * Makes what guards an API with the keys of the Organization API. It asks about every request, so that a revoked key is refused by
 * the very next one; requests with one token at the same time are each asked about for the same reason.
 *
 * @throws TypeError naming the option that is missing or wrong, without its value
 */
export function createResourceServer(options: ResourceServerOptions): ResourceServer {
  const {
    baseUrl,
    id,
    secret,
    // Looked up at each call, so that an instrumentation that comes later is used.
    fetch = (url, init) => globalThis.fetch(url, init),
    timeoutMs = 2_000,
    cache,
    onUnavailable = (error) => process.emitWarning(error),
  } = options;
  // No value is quoted: each may hold a credential.
  requireOption(isBaseUrl(baseUrl), 'baseUrl must be an http(s) URL without credentials, query and fragment');
  requireOption(isResourceServerId(id), 'id must be the id of a resource server: rs_ and letters and digits');
  requireOption(
    isResourceServerSecret(secret),
    'secret must be the secret of a resource server: sigrs_ and letters and digits',
  );
  requireOption(isWithin(timeoutMs, 1, 60_000), 'timeoutMs must be a whole number from 1 to 60000');
  if (cache !== undefined) {
    requireOption(isWithin(cache.maxAgeSeconds, 1, 60), 'cache.maxAgeSeconds must be a whole number from 1 to 60');
    requireOption(
      isWithin(cache.maxEntries, 1, 1_000_000),
      'cache.maxEntries must be a whole number from 1 to 1000000',
    );
  }

  const ask = createIntrospect({ baseUrl, id, secret, fetch, timeoutMs });
  const time = { monotonic: () => performance.now(), clock: () => Date.now() / 1000 };
  const introspect = cache === undefined ? ask : withCache(ask, cache, time);

  async function authorize(
    request: Pick<IncomingMessage, 'headersDistinct'>,
    scopes: readonly string[],
  ): Promise<Decision> {
    requireOption(areScopes(scopes), WRONG_SCOPES);
    const presented = readBearerToken(request);
    if (presented === 'nothing') return nothingPresented();
    if (presented === 'malformed') return invalidToken();

    let active: ActiveToken | null;
    try {
      active = await introspect(presented.token, scopes);
    } catch (error) {
      if (!(error instanceof IntrospectionError)) throw error;
      onUnavailable(error);
      return unavailable(error.retryAfterSeconds);
    }
    if (active === null) return invalidToken();
    const { apiKeyId, organizationId, scopes: held } = active;
    if (!scopes.every((scope) => (held as readonly string[]).includes(scope))) return insufficientScope(scopes);
    return { admitted: true, caller: { apiKeyId, organizationId, scopes: held } };
  }

  return {
    authorize,
    requireScopes(...scopes) {
      requireOption(areScopes(scopes), WRONG_SCOPES);
      return middlewareOf((request) => authorize(request, scopes));
    },
  };
}

export function isBaseUrl(text: string): boolean {
  return typeof text === 'string' && /^https?:\/\/[^?#@\s]+$/i.test(text) && URL.canParse(text);
}

export function isResourceServerId(text: string): boolean {
  return typeof text === 'string' && /^rs_[A-Za-z0-9]+$/.test(text);
}

export function isResourceServerSecret(text: string): boolean {
  return typeof text === 'string' && /^sigrs_[A-Za-z0-9]+$/.test(text);
}

/** Narrower than RFC 6749, section 3.3: they go into headers, and come from URLs. */
export function areScopes(scopes: readonly string[]): boolean {
  return scopes.length > 0 && scopes.every((scope) => /^[\w:.-]+$/.test(scope));
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function requireOption(isRight: boolean, sentence: string): void {
  if (!isRight) throw new TypeError(sentence);
}
