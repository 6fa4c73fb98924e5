import { expect, test } from 'vitest';
import { generateSecret } from '../keys/secret.ts';
import { operations } from '../testing/sample-requests.ts';
import { loggedPath } from './logged-path.ts';

const rotate = operations.find(({ id }) => id === 'rotateApiKey')!;
const secret = generateSecret((size) => new Uint8Array(size).fill(7));
const encoded = [...secret].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');

const at = (id: string) => `/v1/organization/api-keys/${id}/rotate`;

test('an id is kept', () => {
  expect(loggedPath(rotate, at('key_Pe5hI9jKw2nQ8rTx'))).toBe(at('key_Pe5hI9jKw2nQ8rTx'));
});

test.each([
  { what: 'a secret', id: secret },
  { what: 'a secret in capitals', id: secret.toUpperCase() },
  { what: 'an encoded secret', id: encoded },
  { what: 'a secret behind an id', id: `key_Pe5hI9jKw2nQ8rTx${secret}` },
  { what: 'a secret before an id', id: `${secret}key_Pe5hI9jKw2nQ8rTx` },
  { what: 'a secret on a line of its own', id: `key_Pe5hI9jKw2nQ8rTx%0a${secret}` },
  { what: 'nothing', id: '' },
])('$what in the place of an id is not', ({ id }) => {
  expect(loggedPath(rotate, at(id))).toBe('/v1/organization/api-keys/{id}/rotate');
});
