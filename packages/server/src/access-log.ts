import type { NextFunction, Request, Response } from 'express';
import { contextOf } from './contract/context.ts';
import type { Log } from './dependencies.ts';

/**
 * Logs each request once, when it is over. The fields are an allow-list: no header, no query, no body, and of the path only the
 * operation's template, because people put secrets in all of these.
 */
export function logAccess(log: Log) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const start = performance.now();
    const method = request.method;
    response.once('close', () => {
      const { requestId, operation, owner, resourceServerId, errorCode } = contextOf(response);
      log.info(
        {
          request_id: requestId,
          method,
          operation: operation?.id ?? null,
          path: operation?.path ?? null,
          api_key_id: owner?.apiKeyId ?? null,
          ...(resourceServerId !== undefined && { resource_server_id: resourceServerId }),
          status: response.writableFinished ? response.statusCode : null,
          error_code: errorCode ?? null,
          duration_ms: Math.round((performance.now() - start) * 1000) / 1000,
        },
        response.writableFinished ? 'request' : 'request cut off by the client',
      );
    });
    next();
  };
}
