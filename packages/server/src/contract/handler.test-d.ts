/**
 * What must not compile. `tsc` reads this file; each `@ts-expect-error` fails the type check when the line below it does compile.
 */
import type { Handler, Handlers, OperationRequest } from './handler.ts';

interface CallerOf {
  readonly apiKey: { readonly organization: string };
  readonly resourceServer: { readonly name: string };
}

declare const handlers: Handlers<CallerOf>;
declare const introspect: OperationRequest<'introspectToken', CallerOf['resourceServer']>;
declare const introspectForAnyKey: Handler<'introspectToken', CallerOf['apiKey']>;
declare const create: OperationRequest<'createApiKey', unknown>;
declare const rotate: OperationRequest<'rotateApiKey', unknown>;
declare const revoke: OperationRequest<'revokeApiKey', unknown>;

const created = {
  id: 'key_Pe5hI9jKw2nQ8rTx',
  object: 'api_key',
  name: 'Analytics Dashboard',
  key: 'sig_',
  prefix: 'sig_a1b2',
  scopes: ['trademarks:read'],
  created_at: '2026-03-24T16:00:00Z',
  expires_at: null,
  request_id: 'req_wP2gH8iJc5vN1mXz',
} as const;
const body = { ...created, scopes: [...created.scopes] };
const headers = { Location: '/v1/organization/api-keys/key_Pe5hI9jKw2nQ8rTx' };

// What is right compiles, or the rest would prove nothing.
create.respond(201, body, headers);
revoke.respond(200, { id: 'key_Pe5hI9jK', object: 'api_key', deleted: true, request_id: 'req_wP2gH8iJ' });
create.body.scopes.includes('billing:read');
rotate.body?.grace_period_seconds?.toFixed();
rotate.headers['Idempotency-Key']?.slice();
introspect.body.token_type_hint?.slice();
introspect.respond(200, { active: false });

// @ts-expect-error a status that the contract does not document
create.respond(200, body, headers);

// @ts-expect-error a required header is missing
create.respond(201, body);

// @ts-expect-error a required header of another name
create.respond(201, body, { Locations: headers.Location });

// @ts-expect-error a header where the contract has none
revoke.respond(200, { id: 'key_Pe5hI9jK', object: 'api_key', deleted: true, request_id: 'req_1' }, headers);

// @ts-expect-error a required field of the body is missing
create.respond(201, { ...body, prefix: undefined }, headers);

// @ts-expect-error a value that the contract does not allow
revoke.respond(200, { id: 'key_Pe5hI9jK', object: 'api_key', deleted: false, request_id: 'req_wP2gH8iJ' });

create.respond(
  201,
  {
    ...body,
    // @ts-expect-error a field that the contract does not declare
    digest: 'x',
  },
  headers,
);

// @ts-expect-error a scope that is not in the registry
create.body.scopes.includes('trademarks:write');

// @ts-expect-error a body that may be left out
export const force = rotate.body.force;

// @ts-expect-error a path parameter that the operation does not have
export const id = create.path.id;

// @ts-expect-error a header that is no parameter of the operation
export const trace = create.headers['X-Trace'];

// @ts-expect-error a handler is missing
const incomplete: Handlers<CallerOf> = { createApiKey: handlers.createApiKey };

// @ts-expect-error a handler without an operation
const stray: Handlers<CallerOf> = { ...handlers, createApiKeys: handlers.createApiKey };

// @ts-expect-error a handler of callers who come in under another security scheme
const stranger: Handlers<CallerOf> = { ...handlers, introspectToken: introspectForAnyKey };

// @ts-expect-error a security scheme whose callers nobody knows
export type Unknown = Handlers<Pick<CallerOf, 'apiKey'>>;

// @ts-expect-error a part of one answer where the contract has another
introspect.respond(200, { active: false, scope: 'billing:read' });

// @ts-expect-error one operation's reply for another's
const crossed: Handler<'revokeApiKey', unknown> = async () => create.respond(201, body, headers);

// @ts-expect-error an answer that went round the check against the contract
const unchecked: Handler<'revokeApiKey', unknown> = async () => ({ id: 'key_Pe5hI9jK', deleted: true });

export { crossed, incomplete, stranger, stray, unchecked };
