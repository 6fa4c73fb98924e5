import { description, resolve } from '../contract/description.ts';
import { type Operation, readOperations } from '../contract/operations.ts';
import type { TestRequest } from './start-api.ts';

/** Every operation of the contract: tests that walk this list cover a new operation without being touched. */
export const operations: readonly Operation[] = readOperations(description);

/** A request that the contract allows: the operation's own example, on the key with this id. */
export function sampleRequest(operation: Operation, id: string): TestRequest {
  const body = exampleBody(operation);
  return {
    method: operation.method.toUpperCase(),
    path: operation.path.replace('{id}', id),
    ...(body !== undefined && { body }),
  };
}

interface Example {
  readonly $ref?: string;
  readonly value: object;
}

function exampleBody(operation: Operation): object | undefined {
  const content = operation.description.requestBody?.content['application/json'];
  const { examples = {} } = (content ?? {}) as { examples?: Record<string, Example> };
  const [example] = Object.values(examples);
  return example && resolve(description, example).value;
}
