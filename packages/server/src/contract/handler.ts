import type { components, operations } from '@signa/openapi';
import type { OperationSchemes } from '@signa/openapi/security';
import type { ErrorCode } from '../errors/error-codes.ts';
import type { RequestOwner } from './context.ts';
import type { CommonHeader } from './headers.ts';
import type { Reply, SentReply } from './reply.ts';

export type OperationId = keyof operations;

/** A security scheme of the contract under which somebody calls an operation. */
export type Scheme = OperationSchemes[OperationId];

type Responses<Id extends OperationId> = operations[Id]['responses'];

/** The statuses with which an operation can succeed. Failures are thrown as `ApiError`. */
export type SuccessStatus<Id extends OperationId> = Extract<keyof Responses<Id>, 200 | 201 | 202 | 204>;

/** The JSON body that the contract documents for a status. */
export type ResponseBody<Id extends OperationId, Status> = Status extends keyof Responses<Id>
  ? Responses<Id>[Status] extends { content: { 'application/json': infer Body } }
    ? Body
    : never
  : never;

/** The headers that the contract documents for a status, without those that every response carries. */
export type ResponseHeaders<Id extends OperationId, Status> = Status extends keyof Responses<Id>
  ? Responses<Id>[Status] extends { headers: infer Headers }
    ? {
        [
          Name in keyof Headers as string extends Name ? never : Name extends CommonHeader ? never : Name
        ]: Headers[Name];
      }
    : never
  : never;

/** The body, whatever its media type: the server refuses to start on an operation that takes several. */
type RequestBody<Id extends OperationId> = operations[Id] extends { requestBody: { content: infer Content } }
  ? Content[keyof Content]
  : operations[Id] extends { requestBody?: { content: infer Content } }
    ? Content[keyof Content] | undefined
    : undefined;

type Parameters<Id extends OperationId, Place extends 'path' | 'query' | 'header'> = NonNullable<
  operations[Id]['parameters'][Place]
>;

/** A request that has passed authentication, the scope check and the contract. */
export interface OperationRequest<Id extends OperationId, Caller> {
  readonly operationId: Id;
  readonly path: Parameters<Id, 'path'>;
  readonly query: Parameters<Id, 'query'>;
  /** The headers that are parameters of the operation, by their names in the contract. */
  readonly headers: Parameters<Id, 'header'>;
  readonly body: RequestBody<Id>;
  /** Who authenticated. */
  readonly caller: Caller;
  /** The scopes that the operation requires, for a handler that must look the caller up again. */
  readonly requiredScopes: readonly string[];
  readonly requestId: components['schemas']['RequestId'];
  /** The address of the client, or null when the connection is gone already. */
  readonly clientAddress: string | null;
  /** Says for the log whose request this is, where the caller is not the one, and why it failed, where the status does not tell. */
  readonly attributeTo: (owner: RequestOwner, errorCode?: ErrorCode) => void;
  /**
   * Makes the answer, and checks it against the contract: what it returns can be sent. Called within a transaction it so keeps a
   * change from being committed whose answer, with its one-time secret, could not be given.
   *
   * @throws {ContractViolation} when the types were evaded: an undeclared field, a wrong value
   */
  readonly respond: <Status extends SuccessStatus<Id>>(
    status: Status,
    body: ResponseBody<Id, Status>,
    ...headers: keyof ResponseHeaders<Id, Status> extends never ? [] : [ResponseHeaders<Id, Status>]
  ) => Reply<Id>;
  /**
   * Makes the answer to an earlier request once more, with `Idempotent-Replayed`: status, body and headers as they were, and what
   * each answer has anew (X-Request-Id, where the caller stands with its limit).
   */
  readonly repeat: (earlier: SentReply) => Reply<Id>;
}

/** The code behind one operation. */
export type Handler<Id extends OperationId, Caller> = (request: OperationRequest<Id, Caller>) => Promise<Reply<Id>>;

/**
 * One handler for each operation of the contract: the compiler asks for those that are missing. `CallerOf` says who comes in under
 * each security scheme; the contract, under which of them an operation's callers do.
 */
export type Handlers<CallerOf extends Readonly<Record<Scheme, unknown>>> = {
  readonly [Id in OperationId]: Handler<Id, CallerOf[OperationSchemes[Id]]>;
};
