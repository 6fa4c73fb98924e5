import { createHash } from 'node:crypto';

/**
 * The strictest Content-Security-Policy under which a page of Redocly's works, for the page's own bytes: its inline
 * scripts are allowed by their hashes, everything that would leave the page is not allowed at all.
 */
export function contentSecurityPolicy(html: string): string {
  return [
    "default-src 'none'",
    `script-src ${inlineScripts(html).map(sha256).join(' ')}`,
    // The page writes its styles while it runs. They can load nothing, for images and fonts have to be in the page.
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The text of each script as the browser hashes it. The page's HTML is our own build, so a pattern finds them. */
function inlineScripts(html: string): string[] {
  return Array.from(html.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g), ([, text]) => text!);
}

function sha256(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
