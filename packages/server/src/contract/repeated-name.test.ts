import { describe, expect, test } from 'vitest';
import { findRepeatedName } from './repeated-name.ts';

describe('a name that is twice in one object is found', () => {
  test.each([
    ['in a row', '{"a":1,"a":1}', 'a'],
    ['with others between', '{"a":1,"b":{"c":2},"a":[3]}', 'a'],
    ['in an object within', '{"a":{"b":1,"b":2}}', 'b'],
    ['in an object after another', '{"a":{"b":1},"a":2}', 'a'],
    ['in an object of an array', '[{"a":1},{"b":1,"b":1}]', 'b'],
    ['with white space', '{ "a"\n:1,\t"a" :2 }', 'a'],
    ['escaped by number', String.raw`{"a":1,"\u0061":2}`, 'a'],
    ['escaped in short and by number', String.raw`{"\n":1,"\u000A":2}`, '\n'],
    ['with quotes and backslashes', String.raw`{"\"\\":1,"\u0022\u005c":2}`, '"\\'],
    ['as a pair of surrogates and as itself', String.raw`{"\ud83d\ude00":1,"😀":2}`, '😀'],
    ['that is empty', '{"":1,"":2}', ''],
    ['that is __proto__', '{"__proto__":1,"__proto__":2}', '__proto__'],
  ])('%s', (_, json, name) => {
    expect(findRepeatedName(json)).toBe(name);
  });
});

describe('what only looks like one is not', () => {
  test.each([
    ['the same name in two objects', '[{"a":1},{"a":2}]'],
    ['the same name within', '{"a":{"a":{"a":1}}}'],
    ['a value like a name', '{"a":"a","b":"a"}'],
    ['values of an array', '["a","a",{"a":"a"}]'],
    ['names in other cases', '{"a":1,"A":2}'],
    ['names alike but in their normal form', String.raw`{"\u00e9":1,"e\u0301":2}`],
    ['names of members of every object', '{"constructor":1,"toString":2}'],
    ['a text that holds an object', String.raw`{"a":"{\"a\":1,\"a\":2}"}`],
    ['a text that ends in a backslash', String.raw`{"a":"\\","b":":\\"}`],
    ['no object', '"a"'],
  ])('%s', (_, json) => {
    expect(findRepeatedName(json)).toBe(null);
  });
});

test.each([
  ['objects within each other', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ['one long text', `{"a":"${String.raw`\"`.repeat(500_000)}"}`],
  ['many names', `{${Array.from({ length: 50_000 }, (__, index) => `"${index}":1`).join()}}`],
])('a hostile text of %s costs neither stack nor more than linear time', (_, json) => {
  expect(findRepeatedName(json)).toBe(null);
});
