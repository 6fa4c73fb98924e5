import type { Log } from './dependencies.ts';
import type { FinishedRequest } from './finished-request.ts';

/**
 * Logs each request once, when it is over. The fields are an allow-list: no header, no query, no body, and of the path only the
 * operation's template, because people put secrets in all of these.
 */
export function logAccess(log: Log) {
  return ({ context, method, status, durationMs }: FinishedRequest): void => {
    const { requestId, operation, owner, resourceServerId, errorCode } = context;
    log.info(
      {
        request_id: requestId,
        method,
        operation: operation?.id ?? null,
        path: operation?.path ?? null,
        api_key_id: owner?.apiKeyId ?? null,
        ...(resourceServerId !== undefined && { resource_server_id: resourceServerId }),
        status,
        error_code: errorCode ?? null,
        duration_ms: durationMs,
      },
      status === null ? 'request cut off by the client' : 'request',
    );
  };
}
