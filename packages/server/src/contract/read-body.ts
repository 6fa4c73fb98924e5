import type { RequestHandler } from 'express';
import { ApiError, invalidRequest } from '../errors/api-error.ts';
import { ContractError } from './description.ts';
import { readFormBody } from './form-body.ts';
import { readJsonBody } from './json-body.ts';
import type { Operation, OperationBody } from './operations.ts';

/** How a body is read, by the media type that the contract gives it. */
const READERS: Readonly<Record<string, () => RequestHandler[]>> = {
  'application/json': readJsonBody,
  'application/x-www-form-urlencoded': readFormBody,
};

/**
 * Reads the body of an operation. Mounted after authentication, so that a stranger cannot make the server read and parse.
 *
 * @throws {ContractError} at start-up, for a media type that nothing reads
 */
export function readBody({ id, body }: Operation): RequestHandler[] {
  if (body === null) return [];
  const reader = READERS[body.mediaType];
  if (reader === undefined) throw new ContractError(`${id} takes ${body.mediaType}, which nothing reads.`);
  return [requireMediaType(body), ...reader()];
}

function requireMediaType({ mediaType, required }: OperationBody): RequestHandler {
  const inUtf8 = new RegExp(`^${mediaType}\\s*(;\\s*charset="?utf-8"?\\s*)?$`, 'i');
  return (request, _response, next) => {
    const { 'content-type': type, 'content-length': length, 'transfer-encoding': transfer } = request.headers;
    const hasBody = transfer !== undefined || (length !== undefined && length !== '0');
    if (!hasBody && required) throw invalidRequest([{ path: '', message: 'is required' }]);
    if (hasBody && !inUtf8.test(type ?? '')) {
      throw new ApiError('content_type_not_supported', `The body must be ${mediaType} in UTF-8.`);
    }
    next();
  };
}
