import { expect, test } from 'vitest';
import { operations } from '../testing/sample-requests.ts';
import { description } from './description.ts';
import { fieldErrorsOf } from './field-errors.ts';

const create = operations.find(({ id }) => id === 'createApiKey')!;
const list = operations.find(({ id }) => id === 'listApiKeys')!;
const introspect = operations.find(({ id }) => id === 'introspectToken')!;
const violation = (keyword: string) => `${keyword}.openapi.validation`;

test.each([
  [create, '/body/name', 'required', 'x', '/name', 'is required'],
  [create, '/body/name', 'minLength', 'must NOT have fewer than 1 characters', '/name', 'must not be empty'],
  [
    create,
    '/body/name',
    'maxLength',
    'must NOT have more than 255 characters',
    '/name',
    'must have at most 255 characters',
  ],
  [create, '/body/name', 'pattern', 'x', '/name', 'must have no white space at its ends and no control characters'],
  [
    create,
    '/body/expires_at',
    'minLength',
    'fewer than 20',
    '/expires_at',
    'must be an RFC 3339 time, such as 2027-03-24T16:00:00Z',
  ],
  [create, '/body/scopes', 'minItems', 'x', '/scopes', 'must not be empty'],
  [
    create,
    '/body/scopes/0',
    'enum',
    'must be equal to one of the allowed values: a, b',
    '/scopes/0',
    'must be one of a, b',
  ],
  [create, '/body', 'type', 'must be object', '', 'must be object'],
  [list, '/query/limit', 'maximum', 'must be <= 100', 'limit', 'must be at most 100'],
  [list, '/query/limit', 'minimum', 'must be >= 1', 'limit', 'must be at least 1'],
  [introspect, '/body/token', 'required', 'x', 'token', 'is required'],
  [introspect, '/body/required_scope', 'pattern', 'x', 'required_scope', 'must be scopes separated by single spaces'],
  [list, '/query/created_by', 'pattern', 'x', 'created_by', 'must be key_ and 8 to 64 letters and digits'],
])('a violation is told in words: %#', (operation, path, keyword, message, field, want) => {
  const finding = { path, message, errorCode: violation(keyword) };
  expect(fieldErrorsOf(description, operation, [finding])).toEqual([{ path: field, message: want }]);
});

test.each([
  ['colour', '/colour'],
  ['a/b~"c', '/a~1b~0"c'],
  ['name/x', '/name~1x'],
])('an unknown field named %s is pointed at by %s', (name, want) => {
  const finding = { path: `/body/${name}`, message: 'x', errorCode: violation('additionalProperties') };
  expect(fieldErrorsOf(description, create, [finding])).toEqual([
    { path: want, message: 'is not a field of this request' },
  ]);
});

test('a field that breaks several rules is named once', () => {
  const findings = ['minLength', 'pattern'].map((keyword) => ({
    path: '/body/name',
    message: 'x',
    errorCode: violation(keyword),
  }));
  expect(fieldErrorsOf(description, create, findings)).toHaveLength(1);
});
