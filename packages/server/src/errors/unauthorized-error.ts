import { ApiError } from './api-error.ts';
import type { ErrorCode } from './error-codes.ts';

/** Why nobody could be told from a credential. For the operator alone: the caller is told no more than that it is not valid. */
export type AuthenticationFailure = 'missing' | 'malformed' | 'unknown' | 'revoked' | 'expired' | 'replaced';

/** A 401, which knows why. */
export class UnauthorizedError extends ApiError {
  readonly reason: AuthenticationFailure;

  /** @param challenge the `WWW-Authenticate` header */
  constructor(code: ErrorCode, detail: string, challenge: string, reason: AuthenticationFailure) {
    super(code, detail, { headers: { 'WWW-Authenticate': challenge } });
    this.reason = reason;
  }
}
