import { expect, test } from 'vitest';
import type { ApiError } from '../errors/api-error.ts';
import { containsSecret, requireNoSecret } from './misplaced-secret.ts';
import { generateSecret } from './secret.ts';

const random = (size: number) => new Uint8Array(size).fill(7);
const ofKey = generateSecret(random);
const ofServer = generateSecret(random, 'sigrs_');
const withWrongChecksum = ofKey.replace(/.$/, (last) => (last === '0' ? '1' : '0'));

test.each([
  ['is one', ofKey, true],
  ['is one of a resource server', ofServer, true],
  ['has one among other words', `old key: ${ofKey}.`, true],
  ['has one that letters and digits surround', `x${ofKey}0a`, true],
  ['has one after another text of the same shape', `${withWrongChecksum} ${ofServer}`, true],
  ['has the shape of one, but not its checksum', withWrongChecksum, false],
  ['has a part of one', ofKey.slice(0, -1), false],
  ['has the prefix of one, as people note it', 'replaces sig_0707', false],
  ['has nothing in it', '', false],
])('whether there is a secret in a text that %s', (_, text, want) => {
  expect(containsSecret(text)).toBe(want);
});

function fieldsRefused(labels: Parameters<typeof requireNoSecret>[0]): string[] {
  try {
    requireNoSecret(labels);
    return [];
  } catch (error) {
    return (error as ApiError).fields.map(({ path }) => path);
  }
}

test('every label with a secret in it is named', () => {
  const metadata = { 'a/b': ofKey, [ofServer]: 'x', fine: 'sig_0707', removed: null };
  expect(fieldsRefused({ name: `mine ${ofKey}`, metadata })).toEqual([
    '/name',
    '/metadata/a~1b',
    `/metadata/${ofServer}`,
  ]);
  expect(fieldsRefused({ name: 'Import', metadata: { fine: 'x', removed: null } })).toEqual([]);
  expect(fieldsRefused({})).toEqual([]);
});
