import { expect, test } from 'vitest';
import { renderReference } from './render-reference.ts';

test('the same contract gives the same page, byte for byte', async () => {
  expect(await renderReference()).toBe(await renderReference());
});
