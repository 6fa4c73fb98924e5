import type { RequestHandler } from 'express';
import { type FieldError, invalidRequest } from '../errors/api-error.ts';
import type { Operation } from './operations.ts';

/** As JSON writes one. JavaScript converts more: `1e1`, `0x1`, `+5`, ` 5`, `05` and `5.0` are numbers to it. */
const WHOLE_NUMBER = /^-?(0|[1-9]\d*)$/;

/**
 * Refuses query parameters that the operation does not have, those that come twice, and numbers that are not written as JSON writes
 * them, and names them all.
 *
 * express-openapi-validator stops at the first parameter that it does not know, and takes for a number what JavaScript would. What
 * else the contract says of parameters is checked by it.
 */
export function checkQuery(operation: Operation): RequestHandler {
  const schemas = new Map(
    operation.parameters.filter(({ in: place }) => place === 'query').map(({ name, schema }) => [name, schema]),
  );
  return (request, _response, next) => {
    const errors = Object.entries(request.query).flatMap(([name, value]): FieldError[] => {
      const schema = schemas.get(name);
      if (schema === undefined) return [{ path: name, message: 'is not a parameter of this operation' }];
      if (Array.isArray(value)) return [{ path: name, message: 'must not be sent twice' }];
      const isWrong = schema.type === 'integer' && typeof value === 'string' && !WHOLE_NUMBER.test(value);
      return isWrong ? [{ path: name, message: 'must be a whole number, in digits only' }] : [];
    });
    if (errors.length > 0) throw invalidRequest(errors);
    next();
  };
}
