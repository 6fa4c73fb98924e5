/** What a person sees on the first start: the only time that their first key is shown, and something to do with it. */
export function firstKeyBanner(url: string, secret: string): string {
  return `
  Signa is running at ${url}

  Your first API key, with every scope. It is shown this once, so keep it now:

      ${secret}

  Paste this to create another key with it:

curl -X POST ${url}/v1/organization/api-keys \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{ "name": "Analytics Dashboard", "scopes": ["trademarks:read", "billing:read"] }'

`;
}
