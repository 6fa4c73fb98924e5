import type { FieldError } from '../errors/api-error.ts';
import { type Description, type ParameterDescription, type Schema, resolve } from './description.ts';
import type { Operation } from './operations.ts';

/** One finding of express-openapi-validator. Its `path` begins with the place: `/body`, `/query` or `/params`. */
export interface Finding {
  readonly path: string;
  readonly message: string;
  /** The JSON Schema keyword that was violated, and `.openapi.validation`. Not there for query parameters that were not validated at all. */
  readonly errorCode?: string;
}

/** What is wrong with each field, in words: one message a field. */
export function fieldErrorsOf(document: Description, operation: Operation, findings: readonly Finding[]): FieldError[] {
  const fields = new Map<string, FieldError>();
  for (const finding of findings) {
    const path = fieldOf(document, operation, finding);
    if (!fields.has(path)) fields.set(path, { path, message: explain(document, operation, finding) });
  }
  return [...fields.values()];
}

/**
 * `/body/scopes/0` is `/scopes/0`, a pointer into the body; `/query/limit`, `/params/id` and `/headers/idempotency-key` are the names
 * of the parameters, as the contract writes them, and so is `/body/token` in a form.
 */
function fieldOf(document: Description, operation: Operation, { path, errorCode }: Finding): string {
  const [, place, ...rest] = path.split('/');
  if (place !== 'body') return parameterAt(operation, place, rest)?.name ?? rest.join('/');
  if (operation.body?.mediaType !== 'application/json') return rest.join('/');
  const steps = errorCode?.startsWith('additionalProperties') ? endWithName(document, operation, rest) : rest;
  return steps.map((step) => `/${step}`).join('');
}

/**
 * The library appends the name of an unknown field as it came. It begins where the contract has nothing that could hold a field, and
 * is one step of the pointer whatever characters it has (RFC 6901, section 3).
 */
function endWithName(document: Description, operation: Operation, steps: readonly string[]): string[] {
  const known = steps.findIndex((_, index) => {
    const schema = schemaAt(document, operation, steps.slice(0, index + 1));
    return schema?.properties === undefined && schema?.items === undefined;
  });
  const name = steps.slice(known).join('/').replaceAll('~', '~0').replaceAll('/', '~1');
  return [...steps.slice(0, known), name];
}

function explain(document: Description, operation: Operation, { path, message, errorCode }: Finding): string {
  const keyword = errorCode?.split('.')[0];
  if (keyword === 'minLength' && message.includes('fewer than 1 ')) return 'must not be empty';
  switch (keyword) {
    case undefined:
      return message.startsWith('Empty') ? 'must not be empty' : 'must be percent-encoded';
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not a field of this request';
    case 'enum':
      return message.replace('must be equal to one of the allowed values:', 'must be one of');
    case 'uniqueItems':
      return 'must not hold an item twice';
    case 'minItems':
      return 'must not be empty';
    case 'maxLength':
      return message.replace(/must NOT have more than (\d+) characters/, 'must have at most $1 characters');
    case 'maximum':
      return message.replace('must be <=', 'must be at most');
    case 'minimum':
      return message.replace('must be >=', 'must be at least');
    case 'minProperties':
      return 'must hold at least one field';
    case 'minLength': // too short to be what the pattern describes
    case 'pattern':
    case 'format':
      return patternDescription(document, operation, path) ?? message;
    default:
      return message;
  }
}

/** The schema that the contract has for a field of an operation's body. */
function schemaAt(document: Description, operation: Operation, steps: readonly string[]): Schema | undefined {
  let schema = operation.body?.schema;
  for (const step of steps) {
    const parent = schema && resolve(document, schema);
    schema = parent?.properties?.[step] ?? parent?.items;
  }
  return schema && resolve(document, schema);
}

/** What the contract says in words of the form of a field or a parameter. */
function patternDescription(document: Description, operation: Operation, path: string): string | undefined {
  const [, place, ...steps] = path.split('/');
  const schema = place === 'body' ? schemaAt(document, operation, steps) : parameterAt(operation, place, steps)?.schema;
  return schema?.['x-patternDescription'] as string | undefined;
}

/** A parameter by its place and name in a finding, where the names of headers are in lower case. */
function parameterAt(
  { parameters }: Operation,
  place: string | undefined,
  [step]: readonly string[],
): ParameterDescription | undefined {
  return parameters.find(({ name }) => (place === 'headers' ? name.toLowerCase() : name) === step);
}
