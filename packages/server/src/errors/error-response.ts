import type { NextFunction, Request, Response } from 'express';
import type { Log } from '../dependencies.ts';
import { contextOf } from '../contract/context.ts';
import { description } from '../contract/description.ts';
import { sendReply } from '../contract/reply.ts';
import { toContractError } from '../contract/request-validation.ts';
import type { ErrorSchema } from '../contract/operations.ts';
import type { PrepareReply } from '../contract/responses.ts';
import { StoreBusyError, StoreUnavailableError } from '../storage/store.ts';
import { ApiError } from './api-error.ts';
import { UnauthorizedError } from './unauthorized-error.ts';
import { toOAuthError } from './oauth-error.ts';

/** How an error is written, by the schema that the contract gives it. */
const BODIES: Readonly<Record<ErrorSchema, (error: ApiError, path: string, requestId: string) => object>> = {
  Error: (error, path, requestId) => error.body(path, requestId),
  OAuthError: toOAuthError,
};

/** Answers whatever went wrong: the last middleware of the app. */
export function answerErrors(log: Log, prepareUnrouted: PrepareReply) {
  return (error: unknown, _request: Request, response: Response, _next: NextFunction): void => {
    const context = contextOf(response);
    const { requestId, path, operation, prepare = prepareUnrouted, headers } = context;
    const apiError = (operation && toContractError(error, description, operation)) ?? toApiError(error);
    context.errorCode = apiError.code;
    if (apiError instanceof UnauthorizedError) context.authenticationFailure = apiError.reason;
    if (apiError.status >= 500) log.error({ request_id: requestId, err: apiError.cause }, 'The request failed.');
    if (response.headersSent) {
      // Part of an answer has gone out; cutting it off is the only way left to say that it failed.
      response.destroy();
      return;
    }
    try {
      const body = BODIES[operation?.errorSchema ?? 'Error'](apiError, path, requestId);
      sendReply(response, prepare(requestId, apiError.status, body, { ...headers, ...apiError.headers }));
    } catch (failure) {
      // Most likely the error is one that the contract does not document for this operation.
      log.error({ request_id: requestId, err: failure }, 'The error could not be answered as it is.');
      const fallback = internalError(failure);
      context.errorCode = fallback.code;
      sendReply(response, prepareUnrouted(requestId, fallback.status, fallback.body(path, requestId)));
    }
  };
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreBusyError) {
    return new ApiError('storage_busy', 'The database is busy. Nothing was carried out.', {
      retryAfter: 1,
      cause: error,
    });
  }
  if (error instanceof StoreUnavailableError) {
    return new ApiError('storage_unavailable', 'The database does not answer.', { retryAfter: 5, cause: error });
  }
  return toBodyError(error) ?? internalError(error);
}

/** The errors of express.json and of Express's router, by their `type` and status. */
function toBodyError(error: unknown): ApiError | null {
  const { type, status } = error as { type?: string; status?: number };
  switch (type) {
    case 'entity.verify.failed':
      return new ApiError('malformed_json', 'The body is not encoded in UTF-8.');
    case 'entity.parse.failed':
      return new ApiError('malformed_json', 'The body is not valid JSON.');
    case 'entity.too.large':
      return new ApiError('body_too_large', 'The body exceeds 16 kB.');
    case 'encoding.unsupported':
      return new ApiError('content_encoding_not_supported', 'A compressed body is not accepted.');
    case 'request.aborted':
    case 'request.size.invalid':
      return new ApiError('malformed_http', 'The body does not have the length that was announced.');
  }
  return status === 400 ? new ApiError('malformed_http', 'The path is not correctly percent-encoded.') : null;
}

function internalError(cause: unknown): ApiError {
  return new ApiError('internal_error', 'The service failed to answer this request.', { cause });
}
