import { expect } from 'vitest';
import type { Operation } from '../contract/operations.ts';
import type { FieldError } from '../errors/api-error.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import { expectDocumented } from './documented.ts';
import type { TestResponse } from './start-api.ts';

export function expectError(response: TestResponse, status: number, code: ErrorCode): void {
  expect({ status: response.status, code: response.body?.error?.code }).toEqual({ status, code });
}

/** A 400 that names these fields and no others. */
export function expectInvalid(response: TestResponse, ...paths: string[]): void {
  expectError(response, 400, 'invalid_request');
  expect(response.body.error.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
}

/** The kinds of error that OAuth has a word of its own for. All others are `invalid_request`. */
const OAUTH_ERRORS: Partial<Record<ErrorCode, string>> = {
  missing_credentials: 'invalid_client',
  invalid_credentials: 'invalid_client',
  failed_authentications_exceeded: 'invalid_client',
  rate_limit_exceeded: 'temporarily_unavailable',
  storage_busy: 'temporarily_unavailable',
  storage_unavailable: 'temporarily_unavailable',
  internal_error: 'server_error',
};

/** An error of an operation, written as the contract has it for this one; naming these fields, if any are given. */
export function expectErrorOf(
  operation: Operation,
  response: TestResponse,
  status: number,
  code: ErrorCode,
  fields?: readonly FieldError[],
): void {
  if (operation.errorSchema === 'OAuthError') {
    const { error, error_description: description } = response.body;
    expect({ status: response.status, error }).toEqual({ status, error: OAUTH_ERRORS[code] ?? 'invalid_request' });
    if (fields) expect(description).toBe(fields.map(({ path, message }) => `${path} ${message}`).join('; '));
  } else {
    expectError(response, status, code);
    if (fields) expect(response.body.error.errors).toEqual(fields);
  }
  expectDocumented(operation, response);
}
