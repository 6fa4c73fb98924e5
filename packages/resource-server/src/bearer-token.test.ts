import { expect, test } from 'vitest';
import { readBearerToken } from './bearer-token.ts';

const token = `sig_${'a'.repeat(52)}`;

test.each<[given: string, values: string[] | undefined, want: ReturnType<typeof readBearerToken>]>([
  ['no header', undefined, 'nothing'],
  ['an empty header', [''], 'nothing'],
  ['another scheme', [`Basic ${token}`], 'nothing'],
  ['a scheme alone', ['Bearer'], 'nothing'],
  ['a scheme and a space', ['Bearer '], 'nothing'],
  ['a token', [`Bearer ${token}`], { token }],
  ['the scheme in other letters', [`bEARER ${token}`], { token }],
  ['a token of another make', ['Bearer next-generation_~+/key=='], { token: 'next-generation_~+/key==' }],
  ['the longest token', [`Bearer ${'a'.repeat(512)}`], { token: 'a'.repeat(512) }],
  ['a longer one', [`Bearer ${'a'.repeat(513)}`], 'malformed'],
  ['two headers', [`Bearer ${token}`, `Bearer ${token}`], 'malformed'],
  ['two credentials in one header', [`Bearer ${token}, Bearer ${token}`], 'malformed'],
  ['something after the token', [`Bearer ${token} x`], 'malformed'],
  ['letters that no token has', ['Bearer sïg'], 'malformed'],
  ['a quote', ['Bearer "sig"'], 'malformed'],
])('%s', (_, values, want) => {
  expect(readBearerToken({ headersDistinct: values === undefined ? {} : { authorization: values } })).toEqual(want);
});
