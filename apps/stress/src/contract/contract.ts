import { readFileSync } from 'node:fs';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly examples?: readonly unknown[];
}

export interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Response {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content: Readonly<Record<'application/json', { readonly schema: Schema }>>;
}

export interface Header {
  readonly $ref?: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly scheme: 'apiKey' | 'resourceServer';
  readonly parameters: readonly Parameter[];
  readonly body: { readonly type: string; readonly schema: Schema } | null;
  readonly responses: Readonly<Record<string, Response>>;
}

interface Described {
  readonly operationId?: string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response>>;
}

/** The contract as it is published, read apart from the server's own reading of it. */
export const contract = JSON.parse(
  readFileSync(new URL('../../../../openapi/generated/openapi.json', import.meta.url), 'utf8'),
) as { readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>> };

/** Every operation that asks for a credential. A new one is tried without being named here. */
export const OPERATIONS: readonly Operation[] = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, { operationId, security }]) => operationId !== undefined && security.length > 0)
    .map(([method, described]) => {
      const [content] = Object.entries(described.requestBody?.content ?? {});
      return {
        id: described.operationId!,
        method: method.toUpperCase(),
        path,
        scheme: Object.keys(described.security[0]!)[0] as Operation['scheme'],
        parameters: (described.parameters ?? []).map((parameter) => resolve(parameter)),
        body: content === undefined ? null : { type: content[0], schema: content[1].schema },
        responses: described.responses,
      };
    }),
);

/** What a reference leads to. */
export function resolve<T extends object>(value: T): T {
  const { $ref } = value as { $ref?: string };
  if ($ref === undefined) return value;
  const names = $ref.slice(2).split('/');
  return resolve(names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], contract) as T);
}
