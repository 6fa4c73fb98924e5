export type { CacheOptions } from './cache.ts';
export { ConfigurationError, optionsFromEnvironment } from './environment.ts';
export { createResourceServer, type ResourceServer, type ResourceServerOptions } from './create-resource-server.ts';
export type { Caller, Decision, Refusal } from './decision.ts';
export type { Scope } from './introspect.ts';
export { IntrospectionError, type IntrospectionFailure } from './introspection-error.ts';
export { callerOf, type Middleware } from './require-scopes.ts';
