import { expect, test } from 'vitest';
import { neededScopes } from './needed-scopes.ts';

test.each([
  { what: 'all that was disclosed, when none is named', disclosed: 'a b', required: undefined, needed: ['a', 'b'] },
  { what: 'nothing, when nothing was disclosed', disclosed: '', required: undefined, needed: [] },
  { what: 'the one that is named', disclosed: 'a b', required: 'b', needed: ['b'] },
  { what: 'those that are named', disclosed: 'a b c', required: 'c a', needed: ['c', 'a'] },
  { what: 'nothing, when one that is named is missing', disclosed: 'a b', required: 'a c', needed: [] },
  {
    what: 'nothing, when a name only begins like one',
    disclosed: 'trademarks:read',
    required: 'trademarks',
    needed: [],
  },
])('a question needs $what', ({ disclosed, required, needed }) => {
  expect(neededScopes(disclosed, required)).toEqual(needed);
});
