import {
  ContractError,
  type Description,
  type OperationDescription,
  type ParameterDescription,
  resolve,
} from './description.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

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
  readonly description: OperationDescription;
}

/**
 * Lists the operations of a description.
 *
 * @throws {ContractError} for an operation without an id, or without stated security: one that anybody could call by an oversight
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
    const { name, in: place, schema } = resolve(document, parameter);
    return { name, in: place, schema: resolve(document, schema) };
  });
  return { id: operation.operationId, method, path, scheme, scopes, parameters, description: operation };
}
