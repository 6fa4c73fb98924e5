import { createRequire } from 'node:module';

/** A JSON Schema as OpenAPI 3.1 holds it (draft 2020-12). Only what this folder reads is named. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly [keyword: string]: unknown;
}

interface Reference {
  readonly $ref?: string;
}

export interface HeaderDescription extends Reference {
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface ResponseDescription extends Reference {
  readonly headers?: Readonly<Record<string, HeaderDescription>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface ParameterDescription extends Reference {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface OperationDescription {
  readonly operationId?: string;
  readonly parameters?: readonly ParameterDescription[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, ResponseDescription>>;
}

/** The bundled OpenAPI 3.1 description: all references point into the document itself. */
export interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const require = createRequire(import.meta.url);

/** The contract of this version of the server. */
export const description = require('@signa/openapi/openapi.json') as Description;

/** What a node of the description stands for, once its `$ref` is followed. */
export function resolve<Node extends Reference>(document: Description, node: Node): Node {
  if (node.$ref === undefined) return node;
  const path = node.$ref
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  let target: unknown = document;
  for (const part of path) target = (target as Record<string, unknown> | undefined)?.[part];
  if (target === undefined) throw new ContractError(`The contract refers to ${node.$ref}, which is not in it.`);
  return resolve(document, target as Node);
}

/** The contract, or what the server was given to keep it with, is wrong. Raised at start-up. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}
