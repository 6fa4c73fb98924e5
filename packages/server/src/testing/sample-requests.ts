import { description, resolve } from '../contract/description.ts';
import { type Operation, readOperations } from '../contract/operations.ts';
import type { TestRequest } from './start-api.ts';

/** Every operation of the contract: tests that walk this list cover a new operation without being touched. */
export const operations: readonly Operation[] = readOperations(description);

/** The secret in the contract's examples. It is nobody's: its checksum is wrong. */
const EXAMPLE_SECRET = ['sig_a1b2c3d4e5f6a7b8c9d0e1f2', 'a3b4c5d6e7f8a9b0c1d2e3f4a5b6'].join('');

/**
 * A request that the contract allows: the operation's own example, on the key with this id, with no more parameters than needed.
 *
 * @param secret takes the place of the secret in the example, where there is one
 */
export function sampleRequest(operation: Operation, id: string, secret = EXAMPLE_SECRET): TestRequest {
  const path = addQuery(operation.path.replace('{id}', id), exampleQuery(operation));
  const request = { method: operation.method.toUpperCase(), path };
  if (operation.body === null) return request;
  return { ...request, type: operation.body.mediaType, body: exampleBody(operation, secret) };
}

/** A path with more parameters. */
export function addQuery(path: string, query: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams(query).toString();
  return parameters === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${parameters}`;
}

/** The required parameters of the query, with the examples of their schemas. */
function exampleQuery({ parameters }: Operation): Record<string, string> {
  const required = parameters.filter((parameter) => parameter.in === 'query' && parameter.required === true);
  return Object.fromEntries(required.map(({ name, schema }) => [name, (schema['examples'] as string[])[0]!]));
}

interface Example {
  readonly $ref?: string;
  readonly value: object;
}

function exampleBody({ body, description: { requestBody } }: Operation, secret: string): object {
  const { examples } = requestBody!.content[body!.mediaType] as unknown as { examples: Record<string, Example> };
  const { value } = resolve(description, Object.values(examples)[0]!);
  return JSON.parse(JSON.stringify(value).replaceAll(EXAMPLE_SECRET, secret));
}
