import type { Request } from 'express';
import { invalidRequest } from '../errors/api-error.ts';
import type { Operation } from './operations.ts';

/**
 * The headers that are parameters of an operation, by their names in the contract. Their values have been checked against it by
 * express-openapi-validator, which sees a header that was sent twice as one value with a comma in it.
 *
 * @throws {ApiError} 400 naming a header that was sent more than once
 */
export function readHeaders(operation: Operation, request: Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { name, in: place } of operation.parameters) {
    if (place !== 'header') continue;
    const [value, ...others] = request.headersDistinct[name.toLowerCase()] ?? [];
    if (others.length > 0) throw invalidRequest([{ path: name, message: 'must not be sent twice' }]);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}
