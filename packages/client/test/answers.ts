import type { components } from '@signa/openapi';
import contract from '@signa/openapi/openapi.json' with { type: 'json' };

type Example = Exclude<keyof typeof contract.components.examples, `OAuth${string}`>;

/** The contract's own examples of errors, by name. */
export const errorExamples = Object.fromEntries(
  Object.entries(contract.components.examples).map(([name, { value }]) => [name, value]),
) as Record<Example, components['schemas']['Error']>;

/** Answers as the API would. */
export function answer(name: Example, headers: Record<string, string> = {}): Response {
  const body = errorExamples[name];
  return Response.json(body, { status: body.error.status, headers });
}

/** A page that no contract describes. */
export function html(status: number, headers: Record<string, string> = {}): Response {
  return new Response('<html><h1>Sorry</h1></html>', { status, headers: { 'Content-Type': 'text/html', ...headers } });
}

export const identity = contract.paths['/v1/organization'].get.responses['200'].content['application/json'].examples
  .Identity.value as components['schemas']['Identity'];

export const created = contract.paths['/v1/organization/api-keys'].post.responses['201'].content['application/json']
  .examples.Created.value as components['schemas']['ApiKeyCreated'];

export const keyId = 'key_Pe5hI9jKw2nQ8rTx';

/** Never a live key: it does not pass the checksum. */
export const apiKey = `sig_${'a'.repeat(52)}`;
