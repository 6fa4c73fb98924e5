import type { NextFunction, Request, Response } from 'express';
import { isCommonHeader } from './headers.ts';

/** An answer that has been checked against the contract and is ready to be sent. Made by a `PrepareReply` only. */
export interface Reply<Id extends string = string> {
  /** The operation that this answers, so that one operation's reply does not pass for another's. */
  readonly operationId: Id;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** What the payload was made from, for a second opinion. */
  readonly body: unknown;
  readonly payload: string;
}

/** What is kept of an answer so that it can be given again: all but what each answer has anew. */
export type SentReply = Pick<Reply, 'status' | 'headers' | 'payload'>;

export function toSentReply({ status, headers, payload }: Reply): SentReply {
  const kept = Object.entries(headers).filter(([name]) => !isCommonHeader(name));
  return { status, headers: Object.fromEntries(kept), payload };
}

/** The payloads of responses on which express-openapi-validator is to give a second opinion. */
const awaitingOpinion = new WeakMap<Response, string>();

/** Sends a reply. The only place where an operation's response is written. */
export function sendReply(response: Response, reply: Reply): void {
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(reply.payload));
  if (awaitingOpinion.has(response)) {
    awaitingOpinion.set(response, reply.payload);
    response.json(reply.body);
  } else {
    response.end(reply.payload);
  }
}

/**
 * Lets express-openapi-validator see replies before they leave. It hooks `response.json` and calls what stood there once it agrees;
 * what stands there sends the very bytes that would be sent without it.
 */
export function offerSecondOpinion(_request: Request, response: Response, next: NextFunction): void {
  awaitingOpinion.set(response, '');
  response.json = () => response.end(awaitingOpinion.get(response));
  next();
}
