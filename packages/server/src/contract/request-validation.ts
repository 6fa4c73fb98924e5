import type { RequestHandler } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import { ApiError, invalidRequest } from '../errors/api-error.ts';
import type { Description } from './description.ts';
import { type Finding, fieldErrorsOf } from './field-errors.ts';
import type { Operation } from './operations.ts';

const { BadRequest, UnsupportedMediaType } = OpenApiValidator.error;

/**
 * express-openapi-validator on the contract. It fills in the contract's defaults, and refuses what the contract does not allow.
 *
 * @param validateResponses also has it check what is sent
 */
export function validateByContract(document: Description, validateResponses: boolean): RequestHandler[] {
  return OpenApiValidator.middleware({
    // It writes into the description it is given. The contract's paths are absolute, whatever server they are served from.
    apiSpec: { ...structuredClone(document), servers: [{ url: '/' }] } as never,
    validateApiSpec: false, // the contract is linted when it is built
    // allErrors costs more on hostile input; the body limit and the contract's own bounds keep that small.
    validateRequests: { allErrors: true, coerceTypes: false },
    validateResponses: validateResponses && { allErrors: true, coerceTypes: false },
    // Authentication comes before the body is read, which this library cannot do: see secure.ts.
    validateSecurity: false,
    fileUploader: false,
    ajvFormats: { mode: 'full' },
  }) as RequestHandler[];
}

/** What express-openapi-validator refused, as our error; null for any other error. */
export function toContractError(error: unknown, document: Description, operation: Operation): ApiError | null {
  if (error instanceof UnsupportedMediaType) {
    return new ApiError('content_type_not_supported', `The body must be ${operation.body?.mediaType} in UTF-8.`);
  }
  if (!(error instanceof BadRequest)) return null;
  const findings: readonly Finding[] = error.errors ?? [{ path: error.path ?? '', message: error.message }];
  return invalidRequest(fieldErrorsOf(document, operation, findings));
}
