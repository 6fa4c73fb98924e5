import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Log, Page } from '@signa/server';

const require = createRequire(import.meta.url);

/** The reference docs, as `@signa/docs` built them, or null when it has not. The API works without them. */
export async function readDocsPage(log: Log): Promise<Page | null> {
  try {
    const [html, contentSecurityPolicy] = await Promise.all(
      ['@signa/docs/index.html', '@signa/docs/content-security-policy.txt'].map((name) =>
        readFile(require.resolve(name), 'utf8'),
      ),
    );
    return { html: html!, contentSecurityPolicy: contentSecurityPolicy!.trim() };
  } catch (error) {
    log.warn({ err: error }, 'The reference docs are not built: there is no /docs. `npm run build` builds them.');
    return null;
  }
}
