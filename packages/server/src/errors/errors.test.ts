import type { components } from '@signa/openapi';
import contract from '@signa/openapi/openapi.json' with { type: 'json' };
import { expect, test } from 'vitest';
import { redactSecrets } from './api-error.ts';
import { ERROR_CODES, ERROR_TYPES } from './error-codes.ts';

type ErrorBody = components['schemas']['Error'];

// The generated JSON types each text as any text; the lint holds every example to the schema of an error.
const examples = Object.entries(contract.components.examples) as unknown as [string, { value: ErrorBody }][];

test.each(examples)("the contract's example %s is what the server says of its code", (_, { value: { error } }) => {
  const kind = ERROR_CODES[error.code];
  const { status, title } = ERROR_TYPES[kind.type];
  expect(error).toMatchObject({ type: kind.type, status, title, suggestion: kind.suggestion });
  expect(error.retryable).toBe(kind.retryable ?? false);
});

test('the contract says of every code what it means', () => {
  const { enum: codes, 'x-enumDescriptions': descriptions } = contract.components.schemas.ErrorCode;
  expect(Object.keys(descriptions)).toEqual(codes);
});

test.each(['sig_', 'sigrs_'])(
  'a secret that begins with %s is cut down to its prefix wherever it was put',
  (prefix) => {
    const random = '0a'.repeat(26);
    expect(redactSecrets(`at /keys/${prefix}${random}, and ${prefix}${random.toUpperCase()}`)).toBe(
      `at /keys/${prefix}0a0a…, and ${prefix}0A0A…`,
    );
  },
);
