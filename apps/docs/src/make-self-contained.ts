/** What stands in for Redocly's logo: a picture of nothing. The template gives the credit in words. */
const noPicture = 'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E';

/**
 * Mends what Redocly's `--inlineBundle` leaves pointing elsewhere: its logo, and the links of the prerendered menu, which
 * are paths (`/api-keys`) although the page routes by fragment (`#/api-keys`), so that opening one in a new tab would
 * ask the API for it.
 *
 * @throws when there is nothing to mend, which means that Redocly has changed and this has to be looked at again.
 */
export function makeSelfContained(html: string): string {
  const start = html.indexOf('<script type="module">');
  if (start < 0) throw new Error('Redocly’s page has no module script.');

  const prerendered = replace(html.slice(0, start), /href="\//g, 'href="#/');
  const script = replace(html.slice(start), /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini(-full)?\.svg/g, noPicture);
  return prerendered + script;
}

function replace(text: string, what: RegExp, by: string): string {
  if (text.search(what) < 0) throw new Error(`Redocly’s page holds nothing like ${what} any more.`);
  return text.replace(what, () => by);
}
