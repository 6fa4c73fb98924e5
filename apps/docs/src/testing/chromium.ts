import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext } from 'playwright-core';

/** The browser of the system: none is downloaded. */
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

export const chromiumFound = existsSync(executablePath);

/** Why the tests of the page do not run here, to be seen in their name; nothing when they do. */
export const whySkipped = chromiumFound ? '' : ` (skipped: no Chromium at ${executablePath}; set CHROMIUM_PATH)`;

/** Starts Chromium with an empty profile that is gone once `stop` is called. */
export async function startChromium(): Promise<{ context: BrowserContext; stop: () => Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), 'signa-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  // A page that does not run at all should fail its tests within minutes.
  context.setDefaultTimeout(10_000);
  return {
    context,
    stop: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
