import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from '../ask.ts';
import { contract, type Operation, resolve, type Schema } from './contract.ts';

/** Headers that belong to HTTP itself, and that OpenAPI leaves to it. */
const HTTP_HEADERS = new Set(['content-type', 'content-length', 'date', 'connection', 'keep-alive']);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const checks = new Map<string, ValidateFunction>();

/** What is in an answer, or missing from it, against the contract: one sentence each, none of which has a value of the answer in it. */
export function findUndocumented({ id, responses }: Operation, { status, headers, text }: Answer): string[] {
  const reference = responses[status];
  if (reference === undefined) return [`${id} answers ${status}`];
  const documented = resolve(reference);
  const found: string[] = [];

  const declared = Object.entries(documented.headers ?? {}).map(
    ([name, header]) => [name.toLowerCase(), header] as const,
  );
  const names = new Set(declared.map(([name]) => name));
  for (const name of Object.keys(headers)) {
    if (!HTTP_HEADERS.has(name) && !names.has(name)) found.push(`${id} ${status} sends the header ${name}`);
  }
  for (const [name, header] of declared) {
    const { required, schema } = resolve(header);
    const sent = headers[name];
    const value = resolve(schema).type === 'integer' ? Number(sent) : sent;
    if (sent === undefined ? required : !checkOf(`${name} ${JSON.stringify(schema)}`, schema)(value)) {
      found.push(`${id} ${status} lacks a right header ${name}`);
    }
  }

  if (headers['content-type'] !== 'application/json; charset=utf-8') found.push(`${id} ${status} is not JSON`);
  const { schema } = documented.content['application/json'];
  // The contract leaves responses open for later versions; this version must send no more than it declares.
  const check = checkOf(`${id} ${status}`, { allOf: [schema], unevaluatedProperties: false } as Schema);
  if (!check(parse(text))) {
    found.push(...check.errors!.map(({ instancePath, message }) => `${id} ${status} ${instancePath} ${message}`));
  }
  return found;
}

function checkOf(key: string, schema: Schema): ValidateFunction {
  const check = checks.get(key) ?? ajv.compile({ ...contract, ...schema });
  checks.set(key, check);
  return check;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
