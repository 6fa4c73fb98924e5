import type { Response } from 'express';
import type { ErrorCode } from '../errors/error-codes.ts';
import type { AuthenticationFailure } from '../errors/unauthorized-error.ts';
import type { Budget } from '../limits/limiter.ts';
import type { Operation } from './operations.ts';
import type { PrepareReply } from './responses.ts';

/** The organization that a request belongs to, and the key that made it or that it was about. */
export interface RequestOwner {
  readonly organizationId: string;
  readonly apiKeyId: string;
  readonly apiKeyPrefix: string;
}

/** What is known about a request while it is answered. */
export interface RequestContext {
  readonly requestId: string;
  /** The path that was asked for, without the query: a secret that was put there must not be repeated. */
  readonly path: string;
  /** The address of the client, or null when the connection is gone already. */
  readonly clientAddress: string | null;
  /** The operation that the request was routed to, once it was. */
  operation?: Operation;
  prepare?: PrepareReply;
  /** Headers of every answer from here on: where the caller stands with its limit. */
  headers?: Readonly<Record<string, string>>;
  /** For the log: whose request it is, and why it failed. */
  owner?: RequestOwner;
  /** For the log: the resource server that asked. */
  resourceServerId?: string;
  errorCode?: ErrorCode;
  /** For the metrics: why nobody could be told from the credential, or that the address has failed too often. */
  authenticationFailure?: AuthenticationFailure | 'too_many';
  /** For the metrics: which limit had been used up. */
  exhaustedBudget?: Budget;
}

const contexts = new WeakMap<Response, RequestContext>();

export function setContext(response: Response, context: RequestContext): void {
  contexts.set(response, context);
}

export function contextOf(response: Response): RequestContext {
  const context = contexts.get(response);
  if (context === undefined) throw new Error('The request has no context: beginRequest is not mounted first.');
  return context;
}
