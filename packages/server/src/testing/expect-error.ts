import { expect } from 'vitest';
import type { ErrorCode } from '../errors/error-codes.ts';
import type { TestResponse } from './start-api.ts';

export function expectError(response: TestResponse, status: number, code: ErrorCode): void {
  expect({ status: response.status, code: response.body?.error?.code }).toEqual({ status, code });
}

/** A 400 that names these fields and no others. */
export function expectInvalid(response: TestResponse, ...paths: string[]): void {
  expectError(response, 400, 'invalid_request');
  expect(response.body.error.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
}
