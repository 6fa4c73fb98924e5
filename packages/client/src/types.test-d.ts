/** What must not compile. `tsc` reads this file; each `@ts-expect-error` fails the type check when the line below it does compile. */
import type { components, paths } from '@signa/openapi';
import type { Client } from 'openapi-fetch';
import { expectTypeOf } from 'vitest';
import { ApiError, ConflictError, type ConnectionError, NotFoundError, TimeoutError } from './index.ts';
import { createClient, paginate, unwrap, type ListItem, type ListPath, type SignaClient } from './index.ts';

declare const signa: SignaClient;

// What is right compiles, or the rest would prove nothing.
const created = await unwrap(
  signa.POST('/v1/organization/api-keys', { body: { name: 'A', scopes: ['billing:read'] } }),
);
export const secret: string = created.key;

const params = { path: { id: 'key_Pe5hI9jKw2nQ8rTx' } };
export const expiry: string | null = (await unwrap(signa.GET('/v1/organization/api-keys/{id}', { params }))).expires_at;
for await (const key of paginate(signa, '/v1/organization/api-keys')) key.created_by?.slice();

const token = await unwrap(signa.POST('/v1/oauth/introspect', { body: { token: 'sig_' } }));
if (token.active) token.client_id.slice();

// @ts-expect-error what only an active token has
token.scope.slice();

// @ts-expect-error a required parameter of the form is missing
await signa.POST('/v1/oauth/introspect', { body: { token_type_hint: 'access_token' } });

// @ts-expect-error a path that the contract does not have
await signa.GET('/v1/organisation');

// @ts-expect-error a method that the path does not have
await signa.PUT('/v1/organization');

// @ts-expect-error a field that the request does not have
await signa.POST('/v1/organization/api-keys', { body: { name: 'A', scopes: ['billing:read'], colour: 'red' } });

// @ts-expect-error a scope that is not in the registry
await signa.POST('/v1/organization/api-keys', { body: { name: 'A', scopes: ['billing:write'] } });

// @ts-expect-error a required field is missing
await signa.POST('/v1/organization/api-keys', { body: { name: 'A' } });

// @ts-expect-error a path parameter is missing
await signa.GET('/v1/organization/api-keys/{id}');

// @ts-expect-error a filter that the list does not have
paginate(signa, '/v1/organization/api-keys', { query: { colour: 'red' } });

// @ts-expect-error no list
paginate(signa, '/v1/organization');

// @ts-expect-error a field that the answer does not have
export const digest: string = created.digest;

// What is derived is what the contract says, and no wider.
expectTypeOf(createClient).returns.toEqualTypeOf<Client<paths>>();
expectTypeOf(created).toEqualTypeOf<components['schemas']['ApiKeyCreated']>();
expectTypeOf<ListItem<'/v1/organization/api-keys'>>().toEqualTypeOf<components['schemas']['ApiKey']>();
expectTypeOf<'/v1/organization'>().not.toExtend<ListPath>();
expectTypeOf<'/v1/organization/api-keys/{id}'>().not.toExtend<ListPath>();
expectTypeOf<ApiError['code']>().toEqualTypeOf<components['schemas']['ErrorCode'] | undefined>();

/** The classes differ to the compiler too: after one has been ruled out, the others are still possible. */
export function branch(error: ApiError | ConnectionError): string {
  if (error instanceof NotFoundError) return `${error.status satisfies 404}`;
  if (error instanceof ConflictError) return `${error.status satisfies 409}`;
  if (error instanceof ApiError) return error.detail;
  if (error instanceof TimeoutError) return error.name;
  return error.message;
}
