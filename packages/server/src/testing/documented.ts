import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { description, resolve, type ResponseDescription } from '../contract/description.ts';
import type { Operation } from '../contract/operations.ts';
import type { TestResponse } from './start-api.ts';

/** Headers that belong to HTTP itself, and that OpenAPI leaves to it. */
const HTTP_HEADERS = new Set(['content-type', 'content-length', 'date', 'connection', 'keep-alive']);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const checks = new Map<string, ValidateFunction>();

/** Holds an answer against what the contract documents for the operation, with a validator of its own. */
export function expectDocumented(operation: Operation, response: TestResponse): void {
  const reference = operation.description.responses[response.status];
  expect(reference, `${operation.id} documents ${response.status}`).toBeDefined();
  const documented = resolve(description, reference!);

  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expectDocumentedHeaders(operation, documented, response);

  const check = checkOf(operation, response.status, documented);
  expect(check(response.body) ? [] : check.errors).toEqual([]);
  if ('request_id' in response.body) {
    // An answer that is given again has its first request's id in the body.
    const isReplayed = response.headers.get('idempotent-replayed') === 'true';
    expect(response.headers.get('x-request-id') === response.body.request_id).toBe(!isReplayed);
  }
}

function expectDocumentedHeaders(operation: Operation, documented: ResponseDescription, response: TestResponse): void {
  const names = Object.keys(documented.headers ?? {}).map((name) => name.toLowerCase());
  const sent = [...response.headers.keys()].filter((name) => !HTTP_HEADERS.has(name));
  expect(names, `${operation.id} ${response.status}`).toEqual(expect.arrayContaining(sent));
  for (const [name, header] of Object.entries(documented.headers ?? {})) {
    const { required, schema } = resolve(description, header);
    const value = response.headers.get(name);
    if (value === null) expect(required, `${name} is there`).toBe(false);
    else
      expect(resolve(description, schema).type === 'integer' ? Number(value) : value).toSatisfy(
        checkSchema(name, schema),
      );
  }
}

function checkSchema(name: string, schema: object): (value: unknown) => boolean {
  const key = `header ${name} ${JSON.stringify(schema)}`;
  const check = checks.get(key) ?? ajv.compile({ ...description, ...schema });
  checks.set(key, check);
  return (value) => check(value);
}

function checkOf(operation: Operation, status: number, documented: ResponseDescription): ValidateFunction {
  const key = `${operation.id} ${status}`;
  const schema = documented.content!['application/json']!.schema;
  // The contract leaves responses open for later versions; this version must send no more than it declares.
  const check = checks.get(key) ?? ajv.compile({ ...description, allOf: [schema], unevaluatedProperties: false });
  checks.set(key, check);
  return check;
}
