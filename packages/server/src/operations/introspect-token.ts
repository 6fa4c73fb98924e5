import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ResourceServerCaller } from '../introspection/authenticate.ts';
import { introspect } from '../introspection/introspect.ts';
import { neededScopes } from '../introspection/needed-scopes.ts';
import { digestOf, isWellFormedSecret } from '../keys/secret.ts';

export function introspectToken({
  store,
  clock,
  lastUsed,
}: Pick<Dependencies, 'store' | 'clock' | 'lastUsed'>): Handler<'introspectToken', ResourceServerCaller> {
  return async ({ body: { token, required_scope: required }, caller, attributeTo, respond }) => {
    const credential = isWellFormedSecret(token) ? await store.findCredential(digestOf(token)) : null;
    const now = clock();
    const answer = introspect(credential, caller.resourceServer, now);
    if (credential !== null) {
      const { id, organizationId, prefix } = credential.apiKey;
      const owner = { organizationId, apiKeyId: id, apiKeyPrefix: prefix };
      attributeTo(owner, answer.active ? undefined : 'invalid_credentials');
    }
    if (answer.active) lastUsed.record(answer.client_id, now, neededScopes(answer.scope, required));
    return respond(200, answer);
  };
}
