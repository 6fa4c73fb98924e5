/** What must not compile. `tsc` reads this file; each `@ts-expect-error` fails the type check when the line below it does compile. */
import type { IncomingMessage } from 'node:http';
import type { components } from '@signa/openapi';
import express, { type Request } from 'express';
import { expectTypeOf } from 'vitest';
import { callerOf, createResourceServer, type Decision, type Scope } from './index.ts';

// What is right compiles, or the rest would prove nothing.
const { requireScopes, authorize } = createResourceServer({ baseUrl: '', id: '', secret: '' });
const app = express();
app.use(requireScopes('billing:read'));
app.get('/trademarks/:id', requireScopes('trademarks:read', 'billing:read'), (request) => {
  expectTypeOf(request.params.id).toEqualTypeOf<string>();
  expectTypeOf(callerOf(request).scopes).toEqualTypeOf<readonly Scope[]>();
});

// @ts-expect-error a scope that is not in the registry
requireScopes('trademark:read');

// @ts-expect-error no scope at all
requireScopes();

// @ts-expect-error an option that there is not
createResourceServer({ baseUrl: '', id: '', secret: '', cacheSeconds: 10 });

// @ts-expect-error no credential
createResourceServer({ baseUrl: '', id: '' });

expectTypeOf<Scope>().toEqualTypeOf<components['schemas']['Scope']>();
expectTypeOf(authorize).returns.resolves.toEqualTypeOf<Decision>();
expectTypeOf<Request>().toExtend<IncomingMessage>();

/** A decision says what to answer unless it admits, and who calls only if it does. */
export function branch(decision: Decision): string {
  return decision.admitted ? decision.caller.apiKeyId : `${decision.status satisfies 401 | 403 | 503}`;
}
