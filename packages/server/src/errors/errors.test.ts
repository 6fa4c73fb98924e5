import type { components } from '@signa/openapi';
import contract from '@signa/openapi/openapi.json' with { type: 'json' };
import { expect, test } from 'vitest';
import { ApiError, invalidRequest } from './api-error.ts';
import { ERROR_CODES, ERROR_TYPES } from './error-codes.ts';
import { toOAuthError } from './oauth-error.ts';

type ErrorBody = components['schemas']['Error'];
type OAuthErrorBody = components['schemas']['OAuthError'];

// The generated JSON types each text as any text; the lint holds every example to the schema of the error that it is one of.
const all = Object.entries(contract.components.examples) as unknown as [
  string,
  { value: ErrorBody | OAuthErrorBody },
][];
const isOAuth = ({ value }: { value: object }) => 'error_description' in value;
const examples = all.filter(([, example]) => !isOAuth(example)) as [string, { value: ErrorBody }][];
const oauthExamples = all.filter(([, example]) => isOAuth(example)) as [string, { value: OAuthErrorBody }][];

test.each(examples)("the contract's example %s is what the server says of its code", (_, { value: { error } }) => {
  const kind = ERROR_CODES[error.code];
  const { status, title } = ERROR_TYPES[kind.type];
  expect(error).toMatchObject({ type: kind.type, status, title, suggestion: kind.suggestion });
  expect(error.retryable).toBe(kind.retryable ?? false);
});

test.each(examples.filter(([, { value }]) => value.error.errors === undefined))(
  'what the example %s says can be said as OAuth has it, and is valid',
  (_, { value: { error } }) => {
    const body = toOAuthError(new ApiError(error.code, error.detail));
    expect(body.error_description).toMatch(
      new RegExp(contract.components.schemas.OAuthError.properties.error_description.pattern),
    );
    expect(oauthExamples.map(([, { value }]) => value.error)).toContain(body.error);
  },
);

test('an error as OAuth has it names what is at fault, in the characters that are allowed, and no secret', () => {
  const fields = [
    { path: '', message: 'is required' },
    { path: 'größe"\\\n', message: 'must not be sent twice' },
    { path: `sigrs_${'0a'.repeat(26)}`, message: 'must not be sent twice' },
  ];
  expect(toOAuthError(invalidRequest(fields))).toEqual({
    error: 'invalid_request',
    error_description: 'the body is required; gr??e??? must not be sent twice; sigrs_0a0a? must not be sent twice',
  });
  expect(toOAuthError(invalidRequest([{ path: 'x'.repeat(9999), message: '' }])).error_description).toHaveLength(500);
});

test('the contract says of every code what it means', () => {
  const { enum: codes, 'x-enumDescriptions': descriptions } = contract.components.schemas.ErrorCode;
  expect(Object.keys(descriptions)).toEqual(codes);
});
