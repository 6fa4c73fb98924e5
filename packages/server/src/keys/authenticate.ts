import type { Request } from 'express';
import { type AuthenticationFailure, UnauthorizedError } from '../errors/unauthorized-error.ts';
import type { Counted } from '../limits/counted-look-ups.ts';
import type { Tally } from '../limits/limiter.ts';
import type { Credential } from '../storage/store.ts';
import { type ApiKey, type EpochSeconds, type Organization, type Scope, graceEndOf, statusOf } from './api-key.ts';
import { type DeriveKey, deriveKeysFrom } from './derive-key.ts';
import { digestOf, isWellFormedSecret } from './secret.ts';

/** A key that has authenticated a request. */
export interface Caller {
  readonly apiKey: ApiKey;
  readonly organization: Organization;
  readonly scopes: readonly Scope[];
  /** By which the caller can be looked up again: it may have been revoked since. Not to be logged. */
  readonly secretDigest: Uint8Array;
  /** Derives keys from the secret that was presented, which is kept nowhere else. */
  readonly deriveKey: DeriveKey;
}

/**
 * Authenticates the bearer of an API key (RFC 6750, section 2.1: only in the Authorization header, never in a URL or a body).
 *
 * @param find looks up the credential that the digest belongs to, and counts the request when it may be used at `now`
 * @throws {UnauthorizedError} alike for a token that is malformed, unknown, revoked or expired
 */
export async function authenticate(
  request: Request,
  find: (digest: Uint8Array) => Promise<Counted<Credential> | null>,
  now: EpochSeconds,
): Promise<{ caller: Caller; tally: Tally }> {
  const secret = readBearerToken(request);
  const secretDigest = digestOf(secret);
  const counted = await find(secretDigest);
  const { apiKey, organization } = acceptCredential(counted?.found ?? null, now);
  const caller = { apiKey, organization, scopes: apiKey.scopes, secretDigest, deriveKey: deriveKeysFrom(secret) };
  // Not null: what may be used at `now` was counted.
  return { caller, tally: counted!.tally! };
}

/** @throws {UnauthorizedError} when the credential is unknown or may not be used at `now` */
export function acceptCredential(credential: Credential | null, now: EpochSeconds): Credential {
  if (credential === null) throw invalidCredentials('unknown');
  if (!isUsable(credential, now)) {
    const status = statusOf(credential.apiKey, now);
    throw invalidCredentials(status === 'active' ? 'replaced' : status);
  }
  return credential;
}

/** Whether the secret may be used at `now`: its key is active, and it is the current one or within its grace period. */
export function isUsable({ apiKey, secret }: Credential, now: EpochSeconds): boolean {
  return statusOf(apiKey, now) === 'active' && (secret === 'current' || graceEndOf(apiKey, now) !== null);
}

function readBearerToken(request: Request): string {
  // request.headers keeps the first of several: two readers along the way could then believe in two callers.
  const values = request.headersDistinct.authorization ?? [];
  const [scheme, token, ...rest] = (values[0] ?? '').split(' ');
  if (values.length === 0 || scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '') {
    throw new UnauthorizedError(
      'missing_credentials',
      'There is no API key in the Authorization header.',
      'Bearer realm="signa"',
      'missing',
    );
  }
  if (values.length > 1 || rest.length > 0 || !isWellFormedSecret(token)) throw invalidCredentials('malformed');
  return token;
}

function invalidCredentials(reason: AuthenticationFailure): UnauthorizedError {
  const challenge = 'Bearer realm="signa", error="invalid_token"';
  return new UnauthorizedError('invalid_credentials', 'The API key is not valid.', challenge, reason);
}
