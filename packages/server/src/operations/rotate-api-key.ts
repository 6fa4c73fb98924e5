import type { Handler } from '../contract/handler.ts';
import { ApiError } from '../errors/api-error.ts';
import { graceEndOf } from '../keys/api-key.ts';
import type { Caller } from '../keys/authenticate.ts';
import { requireLifetimeWithin, requireScopesHeld } from '../keys/grant.ts';
import { requireActive } from '../keys/require-active.ts';
import { decideGraceEnd, endsSecret } from '../keys/rotation.ts';
import { digestOf, generateSecret, prefixOf } from '../keys/secret.ts';
import { formatNullableTimestamp, formatTimestamp } from '../keys/timestamp.ts';
import { requireFound } from './change-keys.ts';
import { type RepeatableDependencies, changeKeysOnce } from './change-keys-once.ts';

export function rotateApiKey(dependencies: RepeatableDependencies): Handler<'rotateApiKey', Caller> {
  return async (request) => {
    const { store, random } = dependencies;
    // Of rotations that overlap only one may win, or all but the last would be told of a secret that is dead already.
    const admitted = requireFound(await store.getApiKey(request.caller.organization.id, request.path.id));

    return changeKeysOnce(dependencies, request, async ({ transaction, caller, now, audit }) => {
      const key = requireFound(await transaction.getApiKey(admitted.id));
      if (key.version !== admitted.version) throw rotationConflict();
      requireActive(key, now);
      requireScopesHeld(caller, key.scopes);
      requireLifetimeWithin(caller, key.expiresAt);
      const previousSecretExpiresAt = decideGraceEnd(key, caller.id, request.body ?? {}, now);

      const secret = generateSecret(random);
      const rotated = { ...key, prefix: prefixOf(secret), rotatedAt: now, previousSecretExpiresAt };
      if ((await transaction.saveApiKey(rotated, digestOf(secret))) !== 'saved') throw rotationConflict();
      await transaction.sealedReplies.discardSecretsOf(key.id);
      if (endsSecret(key, previousSecretExpiresAt, now)) await transaction.sealedReplies.discardRepliesTo(key.id);
      await audit({
        action: 'api_key.rotated',
        keyId: key.id,
        before: { prefix: key.prefix, previous_secret_expires_at: formatNullableTimestamp(graceEndOf(key, now)) },
        after: {
          prefix: rotated.prefix,
          previous_secret_expires_at: formatNullableTimestamp(previousSecretExpiresAt),
        },
      });

      const reply = request.respond(200, {
        id: key.id,
        object: 'api_key',
        name: key.name,
        key: secret,
        prefix: rotated.prefix,
        scopes: [...key.scopes],
        created_at: formatTimestamp(key.createdAt),
        expires_at: formatNullableTimestamp(key.expiresAt),
        previous_secret_expires_at: formatNullableTimestamp(previousSecretExpiresAt),
        request_id: request.requestId,
      });
      return { apiKeyId: key.id, reply };
    });
  };
}

function rotationConflict(): ApiError {
  return new ApiError(
    'rotation_conflict',
    'The key was changed by another request while this one ran. Nothing was rotated.',
  );
}
