import type { Scope } from './introspect.ts';

/** Who sends a request that was admitted. */
export interface Caller {
  readonly apiKeyId: string;
  readonly organizationId: string;
  /** Those of the key's scopes that this resource server is registered for: at least the ones that were required. */
  readonly scopes: readonly Scope[];
}

export type Decision = { readonly admitted: true; readonly caller: Caller } | Refusal;

/** A request that is not admitted, and what to answer. */
export interface Refusal {
  readonly admitted: false;
  readonly status: 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string; readonly error_description: string };
}

/** 401 without an error code, because there is nothing to be wrong (RFC 6750, section 3.1). */
export function nothingPresented(): Refusal {
  const description = 'Send Authorization: Bearer and an API key.';
  return refusal(401, 'missing_token', description, { 'WWW-Authenticate': 'Bearer realm="signa"' });
}

/** 401, alike for a token that is malformed, unknown, revoked or expired. */
export function invalidToken(): Refusal {
  return refusal(401, 'invalid_token', 'The API key is not valid.', {
    'WWW-Authenticate': 'Bearer realm="signa", error="invalid_token"',
  });
}

/** 403, naming all scopes that the request needs. */
export function insufficientScope(scopes: readonly string[]): Refusal {
  const needed = scopes.join(' ');
  return refusal(403, 'insufficient_scope', `This needs an API key with ${needed}.`, {
    'WWW-Authenticate': `Bearer realm="signa", error="insufficient_scope", scope="${needed}"`,
  });
}

/** 503: the API key may well be valid. Why it cannot be checked is the operator's business, not the caller's. */
export function unavailable(retryAfterSeconds: number): Refusal {
  return refusal(503, 'temporarily_unavailable', 'The API key cannot be checked now. Try again later.', {
    'Retry-After': String(retryAfterSeconds),
  });
}

function refusal(
  status: Refusal['status'],
  error: string,
  description: string,
  headers: Readonly<Record<string, string>>,
): Refusal {
  return { admitted: false, status, headers, body: { error, error_description: description } };
}
