import type { NextFunction, Request, Response } from 'express';
import { type RequestContext, contextOf } from './contract/context.ts';
import type { Clock } from './dependencies.ts';
import type { EpochSeconds } from './keys/api-key.ts';

/** What is known of a request when it is over. */
export interface FinishedRequest {
  readonly context: Readonly<RequestContext>;
  /** As it was sent. */
  readonly method: string;
  /** The status of the answer. Null when the client was gone before all of it was out. */
  readonly status: number | null;
  /** When it arrived. */
  readonly arrivedAt: EpochSeconds;
  /** To the microsecond. */
  readonly durationMs: number;
}

/** Tells of each request once, when it is over. */
export function whenFinished(clock: Clock, ...listeners: readonly ((request: FinishedRequest) => void)[]) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const start = performance.now();
    const arrivedAt = clock();
    // What becomes of it later: HEAD runs as GET.
    const { method } = request;
    let isOut = false;
    // Not `writableFinished`, which is true of an answer to somebody who was gone before it was made.
    response.once('finish', () => (isOut = true));
    response.once('close', () => {
      const finished = {
        context: contextOf(response),
        method,
        status: isOut ? response.statusCode : null,
        arrivedAt,
        durationMs: Math.round((performance.now() - start) * 1000) / 1000,
      };
      for (const listen of listeners) listen(finished);
    });
    next();
  };
}
