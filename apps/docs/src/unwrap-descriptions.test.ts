import { expect, test } from 'vitest';
import { unwrapDescriptions } from './unwrap-descriptions.ts';

const unwrap = (description: string) =>
  (JSON.parse(unwrapDescriptions(JSON.stringify({ description }))) as { description: string }).description;

test.each([
  ['a paragraph', 'Returns one\nkey.', 'Returns one key.'],
  ['paragraphs', 'One.\n\nTwo\n`three`.', 'One.\n\nTwo `three`.'],
  ['a heading', 'One.\n\n## Two\nThree\nfour.', 'One.\n\n## Two\nThree four.'],
  ['a list', '- One\n  and a half.\n- Two.\n1. Three', '- One and a half.\n- Two.\n1. Three'],
  ['a table', '| A |\n|---|\n| b |\nAfter.', '| A |\n|---|\n| b |\nAfter.'],
  ['code', '```\none\ntwo\n```', '```\none\ntwo\n```'],
])('%s keeps its meaning on fewer lines', (_what, given, want) => {
  expect(unwrap(given)).toBe(want);
});

test('only descriptions are touched', () => {
  expect(unwrapDescriptions('{"source":"one\\ntwo"}')).toBe('{"source":"one\\ntwo"}');
});
