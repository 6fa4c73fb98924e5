import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

// The bundled contract, walked rather than typed: whatever operation it gains is covered without touching the tests.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = { readonly [key: string]: any };

const contract = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@signa/openapi/openapi.json'), 'utf8'),
) as Json;

const ajv = addFormats.default(new Ajv2020({ strict: false, validateSchema: false, validateFormats: true }));
ajv.addSchema({ $id: 'contract', ...contract });

/** One way in which an operation can answer. */
export interface Answer {
  readonly status: number;
  /** By name, in the contract's order. */
  readonly examples: ReadonlyMap<string, unknown>;
  readonly requiredHeaders: readonly string[];
  /** What a body violates of the answer's schema; null when nothing. */
  readonly violations: (body: unknown) => unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  /** The path as the contract has it, and the values that it and the query require, from the contract's examples. */
  readonly path: string;
  readonly parameters: { readonly path: Record<string, string>; readonly query: Record<string, string> };
  /** The credentials that it asks for. */
  readonly authorization: string | undefined;
  /** The media type of its body, and the first example of it. */
  readonly body: { readonly type: string; readonly example: Record<string, unknown> } | undefined;
  /** In the contract's order: the first is the success. */
  readonly answers: readonly Answer[];
}

/** Every operation of the contract. */
export const operations: readonly Operation[] = Object.entries(contract.paths as Json).flatMap(([path, methods]) =>
  Object.keys(methods as Json)
    .filter((method) => ['get', 'put', 'post', 'delete', 'patch'].includes(method))
    .map((method) => readOperation(path, method)),
);

function readOperation(path: string, method: string): Operation {
  const start = `/paths/${toToken(path)}/${method}`;
  const { node } = at(start);
  const required = [...children(`/paths/${toToken(path)}`, 'parameters'), ...children(start, 'parameters')]
    .map(at)
    .filter((parameter) => parameter.node.required);
  const valuesIn = (place: string) =>
    Object.fromEntries(
      required
        .filter((parameter) => parameter.node.in === place)
        .map((parameter) => [parameter.node.name, String(at(`${parameter.pointer}/schema`).node.examples[0])]),
    ) as Record<string, string>;
  return {
    operationId: node.operationId as string,
    method: method.toUpperCase(),
    path,
    parameters: { path: valuesIn('path'), query: valuesIn('query') },
    authorization: readAuthorization(node),
    body: node.requestBody ? readBody(`${start}/requestBody`) : undefined,
    answers: children(start, 'responses').map(readAnswer),
  };
}

function readAuthorization(operation: Json): string | undefined {
  const [scheme] = Object.keys((operation.security as Json[])[0] ?? {});
  if (scheme === undefined) return undefined;
  const kind = at(`/components/securitySchemes/${scheme}`).node.scheme as string;
  return kind === 'basic' ? `Basic ${btoa('name:secret')}` : `Bearer sig_${'0'.repeat(52)}`;
}

function readBody(pointer: string): Operation['body'] {
  const [content] = children(at(pointer).pointer, 'content');
  const [example] = children(content!, 'examples');
  return { type: fromToken(content!.split('/').at(-1)!), example: at(example!).node.value };
}

function readAnswer(pointer: string): Answer {
  const { pointer: place, node } = at(pointer);
  const [content] = children(place, 'content');
  const validate = ajv.compile({
    $ref: `contract#${`${content}/schema`.split('/').map(encodeURIComponent).join('/')}`,
  });
  return {
    status: Number(pointer.split('/').at(-1)),
    examples: new Map(
      children(content!, 'examples').map((example) => [fromToken(example.split('/').at(-1)!), at(example).node.value]),
    ),
    requiredHeaders: Object.keys((node.headers as Json) ?? {}).filter(
      (name) => at(`${place}/headers/${name}`).node.required,
    ),
    violations: (body) => (validate(body) ? null : validate.errors),
  };
}

/** What is at a place in the contract, and where that place is once references have been followed. */
function at(pointer: string): { pointer: string; node: Json } {
  const node = pointer
    .split('/')
    .slice(1)
    .reduce<Json>((parent, key) => parent[fromToken(key)] as Json, contract);
  return typeof node.$ref === 'string' ? at(node.$ref.slice(1)) : { pointer, node };
}

/** The places of a member's members; none when there is no such member. */
function children(pointer: string, member: string): string[] {
  return Object.keys((at(pointer).node[member] as Json | undefined) ?? {}).map(
    (key) => `${pointer}/${member}/${toToken(key)}`,
  );
}

/** A key as part of a pointer, and back (RFC 6901, section 3). */
function toToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function fromToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}
