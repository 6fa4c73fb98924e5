import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import { ApiError } from '../errors/api-error.ts';
import { contextOf } from './context.ts';
import { ContractError, type Description } from './description.ts';
import { FIXED_HEADERS } from './headers.ts';
import type { Handlers, OperationRequest, Scheme } from './handler.ts';
import { readHeaders } from './header-parameters.ts';
import { type Operation, readOperations } from './operations.ts';
import { checkQuery } from './query-parameters.ts';
import { readBody } from './read-body.ts';
import { type Reply, type SentReply, offerSecondOpinion, sendReply } from './reply.ts';
import { validateByContract } from './request-validation.ts';
import type { ResponseCompiler } from './responses.ts';
import { type Callers, type Entrance, type Entrances, type Refuse, type ScopeHolder, secure } from './secure.ts';

interface ContractRouterOptions<CallerOf extends Readonly<Record<Scheme, ScopeHolder>>> {
  readonly description: Description;
  readonly compiler: ResponseCompiler;
  readonly handlers: Handlers<CallerOf>;
  readonly entrances: Entrances<CallerOf>;
  readonly refuse: Refuse;
  readonly validateResponses: boolean;
}

/** Any handler, whichever operation it belongs to: the router has only the contract's word for which is which. */
type AnyHandler = (request: OperationRequest<never, ScopeHolder>) => Promise<Reply>;

/**
 * The contract as an Express router: each operation behind authentication, scopes, a bounded body and validation, in that order.
 *
 * @throws {ContractError} for an operation without a handler, without stated security or under a scheme that nothing implements, and
 *   for a handler without an operation
 */
export function contractRouter<CallerOf extends Readonly<Record<Scheme, ScopeHolder>>>(
  options: ContractRouterOptions<CallerOf>,
): Router {
  const operations = readOperations(options.description);
  const validate = [
    ...(options.validateResponses ? [offerSecondOpinion] : []),
    ...validateByContract(options.description, options.validateResponses),
  ];
  // Hold because a handler is only ever called with requests of the operation whose id it is filed under, and their callers all came
  // in by the entrance of that operation's scheme.
  const handlers = new Map(Object.entries(options.handlers as unknown as Record<string, AnyHandler>));
  const entrances = new Map(Object.entries(options.entrances as unknown as Record<string, Entrance<ScopeHolder>>));
  const callers: Callers<ScopeHolder> = new WeakMap();
  const router = Router({ strict: true, caseSensitive: true });

  for (const operation of operations) {
    const handler = handlers.get(operation.id);
    if (handler === undefined) throw new ContractError(`The operation ${operation.id} has no handler.`);
    handlers.delete(operation.id);
    const entrance = entrances.get(operation.scheme);
    if (entrance === undefined) {
      throw new ContractError(
        `${operation.id} asks for the security scheme ${operation.scheme}, which nothing implements.`,
      );
    }
    router[operation.method](
      expressPath(operation.path),
      enter(operation, options.compiler),
      secure(operation, entrance, options.refuse, callers),
      ...readBody(operation),
      checkQuery(operation),
      ...validate,
      answer(operation, handler, callers),
    );
  }
  const [stray] = handlers.keys();
  if (stray !== undefined) throw new ContractError(`The handler ${stray} belongs to no operation.`);

  for (const path of new Set(operations.map((operation) => operation.path))) {
    const allow = allowedMethods(operations.filter((operation) => operation.path === path));
    router.options(expressPath(path), sendAllow(allow));
    router.all(expressPath(path), refuseMethod(allow));
  }
  return router;
}

function expressPath(template: string): string {
  return template.replaceAll(/\{(\w+)\}/g, ':$1');
}

function enter(operation: Operation, compiler: ResponseCompiler): RequestHandler {
  const prepare = compiler.compile(operation);
  return (request, response, next) => {
    Object.assign(contextOf(response), { operation, prepare });
    // RFC 9110, section 9.3.2: HEAD is GET without the body, which Node leaves out by itself.
    if (request.method === 'HEAD') request.method = 'GET';
    next();
  };
}

function answer(operation: Operation, handler: AnyHandler, callers: Callers<ScopeHolder>): RequestHandler {
  return async (request: Request, response: Response, _next: NextFunction) => {
    const context = contextOf(response);
    const { requestId, prepare } = context;
    const reply = await handler({
      operationId: operation.id as never,
      // The types of the four hold because the contract has been enforced on the request by now.
      path: request.params as never,
      query: request.query as never,
      headers: readHeaders(operation, request) as never,
      body: request.body as never,
      caller: callers.get(request)!,
      requiredScopes: operation.scopes,
      requestId,
      clientAddress: context.clientAddress,
      attributeTo: (owner, errorCode) => {
        context.owner = owner;
        if (errorCode !== undefined) context.errorCode = errorCode;
      },
      respond: ((status: number, body: unknown, headers?: Record<string, string>) =>
        prepare!(requestId, status, body, { ...context.headers, ...headers })) as never,
      repeat: (({ status, headers, payload }: SentReply) => {
        const allHeaders = { ...context.headers, ...headers, 'Idempotent-Replayed': 'true' };
        return prepare!(requestId, status, JSON.parse(payload), allHeaders, payload);
      }) as never,
    });
    sendReply(response, reply);
  };
}

function allowedMethods(operations: readonly Operation[]): string {
  const methods = operations.map(({ method }) => method.toUpperCase());
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].toSorted().join(', ');
}

function sendAllow(allow: string): RequestHandler {
  return (_request, response) => {
    response
      .status(204)
      .set({ ...FIXED_HEADERS, 'X-Request-Id': contextOf(response).requestId, Allow: allow })
      .end();
  };
}

function refuseMethod(allow: string): RequestHandler {
  return (request) => {
    throw new ApiError('method_not_allowed', `${request.method} is not a method of this path. It has ${allow}.`, {
      headers: { Allow: allow },
    });
  };
}
