import { expect, test } from 'vitest';
import { generateId } from '../keys/ids.ts';
import { redactSecrets, redactSent } from './redact-secrets.ts';

const random = '0a'.repeat(26);
const everyCharacter = (text: string) => [...text].map((one) => `%${one.codePointAt(0)!.toString(16)}`).join('');

test.each(['sig_', 'sigrs_'])(
  'a secret that begins with %s is cut down to its prefix wherever it was put',
  (prefix) => {
    for (const redact of [redactSecrets, redactSent]) {
      expect(redact(`at /keys/${prefix}${random}, and ${prefix}${random.toUpperCase()}`)).toBe(
        `at /keys/${prefix}0a0a…, and ${prefix}0A0A…`,
      );
    }
  },
);

test.each([
  ['with its underscore encoded', `/v1/sig%5F${random}`, '/v1/sig_0a0a…'],
  ['encoded twice', `/v1/sig%255f${random}`, '/v1/sig_0a0a…'],
  ['encoded many times', `/v1/sig%${'25'.repeat(99)}5f${random}`, '/v1/sig_0a0a…'],
  ['with every character encoded', `/v1/${everyCharacter(`sigrs_${random}`)}`, '/v1/sigrs_0a0a…'],
  ['with every character encoded, twice', `/v1/${everyCharacter(everyCharacter(`sig_${random}`))}`, '/v1/sig_0a0a…'],
  ['without its prefix', `/v1/${random}/rotate`, '/v1/0a0a…/rotate'],
  ['in the place of the letters of an id', `/v1/key_${random}`, '/v1/key_0a0a…'],
  ['behind an id', `/v1/key_${'0'.repeat(16)}${random}`, '/v1/key_0000…'],
  ['in part, of 16 digits', `/v1/${random.slice(0, 16)}`, '/v1/0a0a…'],
])('what a request said of a secret, %s, is not said back', (_, sent, want) => {
  expect(redactSent(sent)).toBe(want);
});

test.each([
  ['an id', `/v1/organization/api-keys/${generateId('key', (size) => Buffer.alloc(size, 9))}/rotate`],
  ['an id that happens to be hexadecimal', '/v1/organization/api-keys/key_0123456789abcdef'],
  ['a UUID', '/v1/5f0c6d5e-8f3b-4c59-9f0d-0e6f3c1c2a77'],
  ['a prefix', 'The name is held by sig_0a0a.'],
  ['another path that is encoded', '/v1/gr%C3%B6%C3%9Fe%20a%2Fb%25%ff%'],
])('%s is left as it was sent', (_, text) => {
  expect(redactSent(text)).toBe(text);
});

test('a long text that is nothing but encoding takes no long time', () => {
  const started = performance.now();
  redactSent('%25'.repeat(5_000));
  redactSent(`%${'25'.repeat(8_000)}`);
  expect(performance.now() - started).toBeLessThan(500);
});
