import type { Page } from 'playwright-core';

/** What a page did that it should not do, filled as it happens. */
export interface Misdeeds {
  /** Requests for anything but the page itself, wherever they would have gone. */
  readonly requests: string[];
  readonly failures: string[];
  /** Errors and warnings on the console. */
  readonly complaints: string[];
  readonly exceptions: string[];
  /** What the policy refused, as its directive and what was refused. */
  readonly violations: string[];
}

/** Watches a page from before its first line of script runs. */
export async function watch(page: Page, address: string): Promise<Misdeeds> {
  const misdeeds: Misdeeds = { requests: [], failures: [], complaints: [], exceptions: [], violations: [] };
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address) misdeeds.requests.push(request.url());
  });
  page.on('requestfailed', (request) => misdeeds.failures.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) misdeeds.complaints.push(message.text());
  });
  page.on('pageerror', (error) => misdeeds.exceptions.push(error.message));
  await page.exposeFunction('reportViolation', (violation: string) => misdeeds.violations.push(violation));
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    reportViolation(event.effectiveDirective + ' ' + event.blockedURI))`);
  return misdeeds;
}
