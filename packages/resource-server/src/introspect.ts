import type { components, paths } from '@signa/openapi';
import { IntrospectionError } from './introspection-error.ts';

export type Scope = components['schemas']['Scope'];

/** What the API tells of a token that is active. */
export interface ActiveToken {
  readonly apiKeyId: string;
  readonly organizationId: string;
  /** Those of the key's scopes that this resource server is registered for. */
  readonly scopes: readonly Scope[];
  /** When it ends by itself, in seconds since 1970; null for never. */
  readonly expiresAt: number | null;
}

/**
 * Asks whether a token is active.
 *
 * @param requiredScopes what the request needs, so that the API can tell when a scope of a key was last needed
 * @returns null for any token that is not
 * @throws {IntrospectionError} when nobody can tell
 */
export type Introspect = (token: string, requiredScopes: readonly string[]) => Promise<ActiveToken | null>;

export interface Connection {
  readonly baseUrl: string;
  readonly id: string;
  readonly secret: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly timeoutMs: number;
}

const PATH = '/v1/oauth/introspect' satisfies keyof paths;
const LONGEST_WAIT_SECONDS = 3_600;

/** Token introspection (RFC 7662). The token travels in the body, so that no log of URLs can have it. */
export function createIntrospect({ baseUrl, id, secret, fetch, timeoutMs }: Connection): Introspect {
  const url = baseUrl.replace(/\/+$/, '') + PATH;
  const headers = {
    Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    'Content-Type': 'application/x-www-form-urlencoded',
    Accept: 'application/json',
  };

  return async (token, requiredScopes) => {
    const body = new URLSearchParams({ token, required_scope: requiredScopes.join(' ') }).toString();
    const signal = AbortSignal.timeout(timeoutMs);
    const ask = async () => {
      // A redirect would take the credential and the token to a place that nobody has named.
      const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      // Read whatever the status is: a connection whose answer is left unread cannot be used again.
      return { status: response.status, headers: response.headers, text: await response.text() };
    };
    // Once more, for a connection that the API closed in the very moment in which it was used again. Asking twice changes nothing.
    const answer = await ask()
      .catch((cause: unknown) => {
        if (signal.aborted) throw cause;
        return ask();
      })
      .catch((cause: unknown) => {
        throw signal.aborted
          ? new IntrospectionError('timeout', `The API did not answer within ${timeoutMs} ms.`, { cause })
          : new IntrospectionError('unreachable', 'The API cannot be reached.', { cause });
      });
    return readAnswer(answer);
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

function readAnswer({ status, headers, text }: Answer): ActiveToken | null {
  if (status === 200) return readBody(text);
  const details = { status, retryAfterSeconds: readRetryAfter(headers.get('Retry-After')) };
  // A 429 as well, when it is for having come too often without a valid credential.
  if (status === 401 || status === 403 || (status === 429 && parse(text)?.error === 'invalid_client')) {
    const sentence =
      "The API refuses this resource server's credential: check its id and secret, and that it is not revoked.";
    throw new IntrospectionError('credential_refused', sentence, details);
  }
  if (status === 429) {
    throw new IntrospectionError('rate_limited', 'The API limits how often this resource server may ask.', details);
  }
  if (status >= 500) throw new IntrospectionError('server_error', `The API answers ${status}.`, details);
  throw new IntrospectionError(
    'unexpected_answer',
    `The API answers ${status}, which introspection does not.`,
    details,
  );
}

/** Anything but exactly what the contract says is nobody's permission to admit a request. */
function readBody(text: string): ActiveToken | null {
  const body = parse(text);
  if (body?.active === false) return null;
  if (!isActive(body)) {
    // Without the text: it may be a proxy's page, which can quote the request.
    throw new IntrospectionError('unexpected_answer', 'The answer is no introspection response.', { status: 200 });
  }
  return {
    apiKeyId: body.client_id,
    organizationId: body.sub,
    // Scopes of a later version are scopes too; whether they are enough is compared as text.
    scopes: body.scope.split(' ').filter(Boolean) as Scope[],
    expiresAt: body.exp ?? null,
  };
}

type Unchecked<T> = { readonly [Field in keyof T]?: unknown };

function parse(
  text: string,
): Unchecked<components['schemas']['ActiveToken'] & components['schemas']['OAuthError']> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function isActive(
  body: Unchecked<components['schemas']['ActiveToken']> | null,
): body is components['schemas']['ActiveToken'] {
  return (
    body?.active === true &&
    isScopeText(body.scope) &&
    isId(body.client_id) &&
    isId(body.sub) &&
    (body.exp === undefined || Number.isSafeInteger(body.exp))
  );
}

/** As RFC 6749, section 3.3, or empty. It goes into headers. */
function isScopeText(value: unknown): boolean {
  return typeof value === 'string' && /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(value);
}

/** Ids go into headers and logs. */
function isId(value: unknown): boolean {
  return typeof value === 'string' && /^\w+$/.test(value);
}

function readRetryAfter(header: string | null): number | undefined {
  const seconds = /^\d{1,6}$/.test(header ?? '') ? Number(header) : 0;
  return seconds >= 1 ? Math.min(seconds, LONGEST_WAIT_SECONDS) : undefined;
}
