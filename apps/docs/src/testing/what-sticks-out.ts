import type { Page } from 'playwright-core';

// In the browser. Text rather than a function, for this project's types know no DOM.
const find = `[...document.querySelectorAll('body *')]
  .filter((element) => {
    const { width, height, right } = element.getBoundingClientRect();
    if (width === 0 || height === 0 || right <= innerWidth + 0.5) return false;
    for (let around = element; around; around = around.parentElement) {
      const { display, visibility, overflowX } = getComputedStyle(around);
      if (display === 'none' || visibility === 'hidden') return false;
      if (around !== element && ['auto', 'scroll'].includes(overflowX)) return false;
    }
    return true;
  })
  .map((element) => element.tagName + ' ' + element.textContent.slice(0, 60))`;

/**
 * What reaches beyond the right edge of the window. The width of the document would not tell: Redocly's frame cuts off
 * what is too wide for it. What can be scrolled to, such as a wide table in a frame of its own, is fine.
 */
export async function whatSticksOut(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(find);
}
