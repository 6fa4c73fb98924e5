import type { NextFunction, Request, Response } from 'express';
import { clientAddressOf } from './client-address.ts';
import { setContext } from './contract/context.ts';
import type { RandomSource } from './dependencies.ts';
import { ApiError } from './errors/api-error.ts';
import { generateId } from './keys/ids.ts';

/** Browsers send some twenty, and proxies add a few. */
const MOST_HEADERS = 100;

/** Gives every request its id. The caller's own is not taken over: it could be anything, and anybody's. */
export function beginRequest(random: RandomSource) {
  return (request: Request, response: Response, next: NextFunction): void => {
    setContext(response, {
      requestId: generateId('req', random),
      path: request.path,
      clientAddress: clientAddressOf(request),
    });
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      // RFC 9112, section 3.2. Node would refuse it without a body.
      response.setHeader('Connection', 'close');
      throw new ApiError('malformed_http', 'The request has no Host header.');
    }
    if (request.rawHeaders.length / 2 > MOST_HEADERS) {
      response.setHeader('Connection', 'close');
      throw new ApiError('headers_too_large', `The request has more than ${MOST_HEADERS} headers.`);
    }
    next();
  };
}
