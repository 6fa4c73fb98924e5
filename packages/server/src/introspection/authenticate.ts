import type { Request } from 'express';
import { type AuthenticationFailure, UnauthorizedError } from '../errors/unauthorized-error.ts';
import { digestOf, isWellFormedSecret } from '../keys/secret.ts';
import type { Counted } from '../limits/counted-look-ups.ts';
import type { Tally } from '../limits/limiter.ts';
import type { ResourceServer } from './resource-server.ts';

/** A resource server that has authenticated a request. */
export interface ResourceServerCaller {
  readonly resourceServer: ResourceServer;
  /** None: the scopes that it is registered for are those that it may learn of, not things that it may do. */
  readonly scopes: readonly never[];
}

const ID = /^rs_[A-Za-z0-9]{16}$/;
const CHALLENGE = 'Basic realm="signa"';

/**
 * Authenticates a resource server by HTTP Basic (RFC 7617), its id being the name and its secret the password. RFC 6749, section
 * 2.3.1, has both form-encoded first, which changes none of their characters.
 *
 * @param find looks up the resource server that the id and the digest belong to, and counts the request unless it is revoked
 * @throws {UnauthorizedError} alike for a credential that is malformed, unknown or revoked
 */
export async function authenticateResourceServer(
  request: Request,
  find: (id: string, digest: Uint8Array) => Promise<Counted<ResourceServer> | null>,
): Promise<{ caller: ResourceServerCaller; tally: Tally }> {
  const { id, secret } = readBasicCredential(request);
  const counted = await find(id, digestOf(secret));
  if (counted === null) throw invalidCredential('unknown');
  if (counted.tally === null) throw invalidCredential('revoked');
  return { caller: { resourceServer: counted.found, scopes: [] }, tally: counted.tally };
}

function readBasicCredential(request: Request): { id: string; secret: string } {
  // request.headers keeps the first of several: two readers along the way could then believe in two callers.
  const values = request.headersDistinct.authorization ?? [];
  const [scheme, credential, ...rest] = (values[0] ?? '').split(' ');
  if (values.length === 0 || scheme?.toLowerCase() !== 'basic' || credential === undefined || credential === '') {
    throw new UnauthorizedError(
      'missing_credentials',
      'There is no credential of a resource server in the Authorization header.',
      CHALLENGE,
      'missing',
    );
  }
  const [id = '', secret = '', ...more] = Buffer.from(credential, 'base64').toString('latin1').split(':');
  if (values.length > 1 || rest.length > 0 || more.length > 0) throw invalidCredential('malformed');
  if (!ID.test(id) || !isWellFormedSecret(secret, 'sigrs_')) throw invalidCredential('malformed');
  return { id, secret };
}

function invalidCredential(reason: AuthenticationFailure): UnauthorizedError {
  const detail = 'The credential of the resource server is not valid.';
  return new UnauthorizedError('invalid_credentials', detail, CHALLENGE, reason);
}
