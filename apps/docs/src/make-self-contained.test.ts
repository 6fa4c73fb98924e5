import { expect, test } from 'vitest';
import { makeSelfContained } from './make-self-contained.ts';

const logo = 'https://cdn.redoc.ly/redoc/logo-mini-full.svg';

test('the logo is not fetched, and links of the prerendered menu are fragments', () => {
  const page = `<a href="/api-keys">API keys</a><script type="module">image("${logo}"); link("/api-keys")</script>`;
  const mended = makeSelfContained(page);
  expect(mended).not.toContain('cdn.redoc.ly');
  expect(mended).toContain('<a href="#/api-keys">');
  expect(mended).toContain('link("/api-keys")');
});

test.each([
  ['without a script', '<a href="/api-keys">'],
  ['without links', `<script type="module">image("${logo}")</script>`],
  ['without the logo', '<a href="/api-keys"><script type="module"></script>'],
])('a page %s is refused, because Redocly must have changed', (_what, page) => {
  expect(() => makeSelfContained(page)).toThrow('Redocly');
});
