import type { Response } from 'express';
import type { Operation } from './operations.ts';
import type { PrepareReply } from './responses.ts';

/** What is known about a request while it is answered. */
export interface RequestContext {
  readonly requestId: string;
  /** The path that was asked for, without the query: a secret that was put there must not be repeated. */
  readonly path: string;
  /** The operation that the request was routed to, once it was. */
  operation?: Operation;
  prepare?: PrepareReply;
  /** For the log: who authenticated, and why the request failed. */
  callerId?: string;
  errorCode?: string;
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
