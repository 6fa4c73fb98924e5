import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, Decision } from './decision.ts';
import { sendJson } from './send-json.ts';

/** What Express 5 takes as a middleware. It needs nothing of Express, only of Node. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>;

// Not a property of the request: nothing else can put a caller here, and none can be mistaken for what a client sent.
const callers = new WeakMap<IncomingMessage, Caller>();

/**
 * Who sends this request.
 *
 * @throws Error when no `requireScopes` has admitted it: the route is open, and whoever wrote it should know at once
 */
export function callerOf(request: IncomingMessage): Caller {
  const caller = callers.get(request);
  if (caller === undefined)
    throw new Error('Nobody knows who sends this request: requireScopes does not guard its route.');
  return caller;
}

export function middlewareOf(decide: (request: IncomingMessage) => Promise<Decision>): Middleware {
  return async (request, response, next) => {
    const decision = await decide(request);
    if (!decision.admitted) {
      sendJson(response, decision);
      return;
    }
    callers.set(request, decision.caller);
    next();
  };
}
