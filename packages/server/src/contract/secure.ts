import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ApiError } from '../errors/api-error.ts';
import { UnauthorizedError } from '../errors/unauthorized-error.ts';
import { contextOf } from './context.ts';
import type { Operation } from './operations.ts';

/** Someone who has authenticated. */
export interface ScopeHolder {
  readonly scopes: readonly string[];
}

/** Decides what somebody is told who did not authenticate: the 401 that says why, unless it has failed too often. */
export type Refuse = (clientAddress: string | null, unauthorized: ApiError) => ApiError;

/** Whether a caller may go on now. */
export interface Admission {
  /** For every answer to the request, the refusal included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal: ApiError | null;
}

/** Who sent the request; keyed by the request, so that no other middleware can put a caller there. */
export type Callers<Caller> = WeakMap<Request, Caller>;

/** Someone who has authenticated, and whether they may go on. */
export interface Entry<Caller extends ScopeHolder> {
  readonly caller: Caller;
  readonly admission: Admission;
}

/** How callers of one security scheme come in. */
export interface Entrance<Caller extends ScopeHolder> {
  /**
   * Finds out who sends a request, and counts it: also that of a caller that does not hold the scopes and will be refused in any case, so
   * that this has a limit as well.
   *
   * @throws {UnauthorizedError} when nobody can be told
   */
  readonly enter: (request: Request, operation: Operation) => Promise<Entry<Caller>>;
  /** Told of every caller who may do what is asked. */
  readonly noteEntry?: (operation: Operation, caller: Caller) => void;
}

/** The entrance of each security scheme, by its name. */
export type Entrances<CallerOf extends Readonly<Record<string, ScopeHolder>>> = {
  readonly [Scheme in keyof CallerOf]: Entrance<CallerOf[Scheme]>;
};

/** Lets a request pass when its sender authenticates, holds the operation's scopes and is admitted. */
export function secure<Caller extends ScopeHolder>(
  operation: Operation,
  { enter, noteEntry }: Entrance<Caller>,
  refuse: Refuse,
  callers: Callers<Caller>,
): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction) => {
    const context = contextOf(response);
    const { caller, admission } = await enter(request, operation).catch((error: unknown) => {
      if (!(error instanceof UnauthorizedError)) throw error;
      const refusal = refuse(context.clientAddress, error);
      if (refusal !== error) context.authenticationFailure = 'too_many';
      throw refusal;
    });
    const forbidden = refuseScopes(operation.scopes, caller);
    context.headers = admission.headers;
    const refused = admission.refusal ?? forbidden;
    if (refused !== null) throw refused;
    noteEntry?.(operation, caller);
    callers.set(request, caller);
    next();
  };
}

/** @throws {ApiError} 403 when the caller does not hold all of the scopes */
export function requireScopes(scopes: readonly string[], caller: ScopeHolder): void {
  const forbidden = refuseScopes(scopes, caller);
  if (forbidden !== null) throw forbidden;
}

/** The 403, with the challenge of RFC 6750, section 3.1, for a caller that does not hold all of the scopes. */
function refuseScopes(scopes: readonly string[], caller: ScopeHolder): ApiError | null {
  const missing = scopes.filter((scope) => !caller.scopes.includes(scope));
  if (missing.length === 0) return null;
  const detail = `This operation requires the scope ${missing.join(' ')}, which the API key does not hold.`;
  const challenge = `Bearer realm="signa", error="insufficient_scope", scope="${scopes.join(' ')}"`;
  return new ApiError('insufficient_scope', detail, { headers: { 'WWW-Authenticate': challenge } });
}
