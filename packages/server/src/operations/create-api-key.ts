import type { Handler } from '../contract/handler.ts';
import type { Caller } from '../keys/authenticate.ts';
import { readExpiry } from '../keys/expiry.ts';
import { requireLifetimeWithin, requireScopesHeld } from '../keys/grant.ts';
import { issueApiKey } from '../keys/issue-api-key.ts';
import { requireNoSecret } from '../keys/misplaced-secret.ts';
import { formatNullableTimestamp, formatTimestamp } from '../keys/timestamp.ts';
import { nameTaken } from './change-keys.ts';
import { type RepeatableDependencies, changeKeysOnce } from './change-keys-once.ts';

export function createApiKey(dependencies: RepeatableDependencies): Handler<'createApiKey', Caller> {
  return async (request) => {
    requireNoSecret(request.body);
    return changeKeysOnce(dependencies, request, async (change) => {
      const { transaction, caller, now } = change;
      const { name, scopes } = request.body;
      const expiresAt = readExpiry(request.body.expires_at, now);
      requireScopesHeld(caller, scopes);
      requireLifetimeWithin(caller, expiresAt);

      const wanted = { name, scopes, expiresAt, createdAt: now, createdBy: caller.id };
      const issued = await issueApiKey(transaction, dependencies.random, wanted);
      if (issued === 'name_taken') throw await nameTaken(change, name);
      const { apiKey, secret } = issued;
      await change.audit({
        action: 'api_key.created',
        keyId: apiKey.id,
        before: {},
        after: { name, prefix: apiKey.prefix, scopes, expires_at: formatNullableTimestamp(expiresAt) },
      });

      const reply = request.respond(
        201,
        {
          id: apiKey.id,
          object: 'api_key',
          name: apiKey.name,
          key: secret,
          prefix: apiKey.prefix,
          scopes: [...apiKey.scopes],
          created_at: formatTimestamp(now),
          expires_at: formatNullableTimestamp(expiresAt),
          request_id: request.requestId,
        },
        { Location: `/v1/organization/api-keys/${apiKey.id}` },
      );
      return { apiKeyId: apiKey.id, reply };
    });
  };
}
