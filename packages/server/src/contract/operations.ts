import {
  ContractError,
  type Description,
  type OperationDescription,
  type ParameterDescription,
  type Schema,
  resolve,
} from './description.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The body that an operation takes. */
export interface OperationBody {
  readonly mediaType: string;
  /** Whether the operation cannot do without one. */
  readonly required: boolean;
  readonly schema: Schema;
}

/** The schemas in which errors are written: this API's own, or OAuth's. */
const ERROR_SCHEMAS = ['Error', 'OAuthError'] as const;

export type ErrorSchema = (typeof ERROR_SCHEMAS)[number];

/** An operation of the contract, as the server needs it. */
export interface Operation {
  readonly id: string;
  readonly method: (typeof METHODS)[number];
  /** The path template of the contract, such as `/v1/organization/api-keys/{id}`. */
  readonly path: string;
  /** The security scheme under which the caller authenticates. */
  readonly scheme: string;
  /** The scopes that the caller must hold, all of them. */
  readonly scopes: readonly string[];
  /** The parameters, their references followed. */
  readonly parameters: readonly ParameterDescription[];
  readonly body: OperationBody | null;
  /** How each of its errors is written. */
  readonly errorSchema: ErrorSchema;
  readonly description: OperationDescription;
}

/**
 * Lists the operations of a description.
 *
 * @throws {ContractError} for an operation without an id, or without stated security: one that anybody could call by an oversight;
 *   for one that takes bodies of several media types, and for one whose errors are not all of one schema
 */
export function readOperations(document: Description): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) =>
      readOperation(document, path, method, item[method] as OperationDescription),
    ),
  );
}

function readOperation(
  document: Description,
  path: string,
  method: Operation['method'],
  operation: OperationDescription,
): Operation {
  const label = `${method.toUpperCase()} ${path}`;
  if (operation.operationId === undefined) throw new ContractError(`${label} has no operationId.`);
  const requirements = (operation.security ?? []).map((requirement) => Object.entries(requirement));
  const [scheme, scopes] = requirements[0]?.[0] ?? [];
  if (scheme === undefined || scopes === undefined) throw new ContractError(`${label} states no security.`);
  // Alternatives and combinations of schemes have no user yet, and guessing what they mean would open doors.
  if (requirements.length > 1 || requirements[0]!.length > 1) {
    throw new ContractError(`${label} states more than one security scheme.`);
  }
  const parameters = (operation.parameters ?? []).map((parameter) => {
    const resolved = resolve(document, parameter);
    return { ...resolved, schema: resolve(document, resolved.schema) };
  });
  return {
    id: operation.operationId,
    method,
    path,
    scheme,
    scopes,
    parameters,
    body: readBody(document, label, operation),
    errorSchema: readErrorSchema(document, label, operation),
    description: operation,
  };
}

function readBody(document: Description, label: string, { requestBody }: OperationDescription): OperationBody | null {
  if (requestBody === undefined) return null;
  const [content, ...others] = Object.entries(requestBody.content);
  if (content === undefined || others.length > 0) throw new ContractError(`${label} takes more than one media type.`);
  const [mediaType, { schema }] = content;
  return { mediaType, required: requestBody.required === true, schema: resolve(document, schema) };
}

function readErrorSchema(document: Description, label: string, { responses }: OperationDescription): ErrorSchema {
  const schemas = Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .map(([, response]) => resolve(document, response).content?.['application/json']?.schema.$ref);
  const [schema = 'Error', ...others] = new Set(schemas.map((reference) => reference?.split('/').at(-1)));
  const known = ERROR_SCHEMAS.find((name) => name === schema);
  if (known === undefined || others.length > 0) throw new ContractError(`${label} has errors of no one known schema.`);
  return known;
}
