import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { operationsOf, readContract } from './contract.ts';
import { renderReference } from './render-reference.ts';
import { chromiumFound, startChromium, whySkipped } from './testing/chromium.ts';
import { servePage } from './testing/serve-page.ts';
import { watch } from './testing/watch.ts';
import type { Misdeeds } from './testing/watch.ts';
import { whatSticksOut } from './testing/what-sticks-out.ts';

const contract = readContract();
const operations = operationsOf(contract);

/** How Redocly addresses an operation: by the end of the element's id, after its tag's. */
const sectionOf = (operationId: string) => `[data-section-id$="/${operationId.toLowerCase()}"]`;

describe.skipIf(!chromiumFound)(`the reference in Chromium${whySkipped}`, () => {
  let html: string;
  let site: Awaited<ReturnType<typeof servePage>>;
  let context: BrowserContext;
  let stopChromium: () => Promise<void>;
  let page: Page;
  let misdeeds: Misdeeds;

  beforeAll(async () => {
    html = await renderReference();
    site = await servePage(html, contentSecurityPolicy(html));
    ({ context, stop: stopChromium } = await startChromium());
    page = await context.newPage();
    misdeeds = await watch(page, site.address);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(site.address);
  });

  afterAll(async () => {
    await stopChromium?.();
    site?.stop();
  });

  /** Goes to an operation as a reader does: through the menu. */
  async function open(operationId: string): Promise<void> {
    const { summary, tags } = operations.find((operation) => operation.operationId === operationId)!;
    const menu = page.locator('.menu-content');
    const entry = menu.locator(`a[href$="/${operationId.toLowerCase()}"]`);
    // A click on a tag unfolds it, or folds it where the page has just unfolded it by itself: look again before the next.
    const isUnfolded = async () => {
      if ((await entry.count()) > 0) return true;
      await menu.getByText(tags[0]!, { exact: true }).click();
      return false;
    };
    await expect.poll(isUnfolded, { interval: 500, timeout: 10_000 }).toBe(true);
    await entry.filter({ hasText: summary }).click();
    await page.locator(sectionOf(operationId)).getByRole('heading', { level: 2, name: summary }).waitFor();
  }

  test('has the title, the language and the description that search engines and screen readers ask for', async () => {
    expect(await page.evaluate('document.compatMode')).toBe('CSS1Compat'); // The doctype is there.
    expect(await page.title()).toBe(`${contract.info.title} reference`);
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.locator('meta[name=description]').getAttribute('content')).toBe(contract.info.summary);
  });

  describe.each(operations)('$operationId', (operation) => {
    test('is shown under its summary', async () => {
      await open(operation.operationId);
      const section = page.locator(sectionOf(operation.operationId));
      expect(await section.getByRole('heading', { level: 2 }).innerText()).toContain(operation.summary);
    });

    test.each(operation['x-codeSamples'])('has a sample for $label, as the contract states it', async (sample) => {
      await open(operation.operationId);
      const panel = page.locator(sectionOf(operation.operationId)).locator('.panel-request-samples');
      await panel.locator('[data-component-name="Panel/PanelHeader"] button[aria-haspopup=menu]').last().click();
      await page.getByRole('menuitem', { name: sample.label }).click();
      await panel.getByRole('button', { name: sample.label, exact: true }).waitFor();
      expect((await panel.locator('pre').innerText()).trim()).toBe(sample.source.trim());
    });
  });

  test('the menu’s links stay on the page, also before its script has run', async () => {
    const prerendered = [...html.slice(0, html.indexOf('<script type="module">')).matchAll(/<a [^>]*href="([^"]*)"/g)];
    const links = prerendered.map(([, href]) => href!);
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((href) => !href.startsWith('#/') && href !== 'https://redocly.com/redoc/')).toEqual([]);
  });

  test('the search finds an operation by its summary, without the worker that the policy would refuse', async () => {
    const { summary, operationId } = operations.at(-1)!;
    await page.keyboard.press('Control+k');
    await page.keyboard.type(summary);
    await page.getByTestId('search-dialog').getByRole('link').filter({ hasText: summary }).first().click();
    await page.locator(sectionOf(operationId)).getByRole('heading', { level: 2, name: summary }).waitFor();
    expect(page.url().toLowerCase()).toContain(operationId.toLowerCase());
  });

  test('nothing is wider than a screen of 360 pixels', async () => {
    const places = [{ address: site.address, heading: page.getByRole('heading', { level: 1 }) }];
    for (const { operationId } of operations) {
      await open(operationId);
      places.push({
        address: page.url(),
        heading: page.locator(sectionOf(operationId)).getByRole('heading', { level: 2 }),
      });
    }
    await page.setViewportSize({ width: 360, height: 780 });
    for (const { address, heading } of places) {
      await page.goto(address);
      await heading.waitFor();
      expect(await whatSticksOut(page), address).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth'), address).toBe(360);
    }
  });

  // The tests above have seen every operation, every sample and the search by now.
  test('asks for nothing but itself', () => {
    expect(misdeeds.requests).toEqual([]);
    expect(misdeeds.failures).toEqual([]);
    expect(new Set(site.asked)).toEqual(new Set(['/docs']));
  });

  test('needs nothing that its policy refuses', () => {
    expect(misdeeds.violations).toEqual([]);
  });

  test('neither complains on the console nor throws', () => {
    expect(misdeeds.complaints).toEqual([]);
    expect(misdeeds.exceptions).toEqual([]);
  });

  test('runs no script but its own', async () => {
    const planted = await servePage(
      html.replace('<body>', '<body><script>document.title = "planted"</script>'),
      contentSecurityPolicy(html),
    );
    const other = await context.newPage();
    try {
      const { violations } = await watch(other, planted.address);
      await other.goto(planted.address);
      expect(await other.title()).toBe(`${contract.info.title} reference`);
      expect(violations).toEqual(['script-src-elem inline']);
    } finally {
      await other.close();
      planted.stop();
    }
  });
});
