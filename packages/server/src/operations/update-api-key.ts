import type { components } from '@signa/openapi';
import type { AuditValue } from '../audit/audit-event.ts';
import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import { type ApiKey, type EpochSeconds, graceEndOf } from '../keys/api-key.ts';
import type { Caller } from '../keys/authenticate.ts';
import { readExpiry } from '../keys/expiry.ts';
import { requireLifetimeWithin, requireScopesHeld } from '../keys/grant.ts';
import { isLater } from '../keys/lifetime.ts';
import { mergeMetadata } from '../keys/metadata.ts';
import { requireNoSecret } from '../keys/misplaced-secret.ts';
import { requireActive } from '../keys/require-active.ts';
import { MANAGER_SCOPE, missingScopes } from '../keys/scopes.ts';
import { formatNullableTimestamp } from '../keys/timestamp.ts';
import { changeKeys, nameTaken, requireFound, requireOtherManager } from './change-keys.ts';
import { presentApiKey } from './present-api-key.ts';

export function updateApiKey(
  dependencies: Pick<Dependencies, 'store' | 'clock' | 'random'>,
): Handler<'updateApiKey', Caller> {
  return async (request) => {
    requireNoSecret(request.body);
    return changeKeys(dependencies, request, async (change) => {
      const { transaction, caller, now } = change;
      const key = requireFound(await transaction.getApiKey(request.path.id));
      const updated = applyUpdate(key, request.body, now);
      requireActive(key, now);
      requireGrantable(caller, key, updated);
      if (key.scopes.includes(MANAGER_SCOPE) && !updated.scopes.includes(MANAGER_SCOPE)) {
        await requireOtherManager(change, key.id);
      }

      const { before, after } = compare(key, updated, now);
      if (Object.keys(after).length > 0) {
        const outcome = await transaction.saveApiKey(updated);
        if (outcome === 'name_taken') throw await nameTaken(change, updated.name);
        // The organization is locked, so nobody can have changed the key since it was read above.
        if (outcome !== 'saved') throw new Error(`The key ${key.id} changed while its organization was locked.`);
        const endsGrace = graceEndOf(key, now) !== null && updated.previousSecretExpiresAt === null;
        if (endsGrace) await transaction.sealedReplies.discardRepliesTo(key.id);
        await change.audit({ action: 'api_key.updated', keyId: key.id, before, after });
      }
      return request.respond(200, { ...presentApiKey(updated, now), request_id: request.requestId });
    });
  };
}

function applyUpdate(key: ApiKey, update: components['schemas']['UpdateApiKeyRequest'], now: EpochSeconds): ApiKey {
  return {
    ...key,
    ...(update.name !== undefined && { name: update.name }),
    ...(update.scopes !== undefined && { scopes: update.scopes }),
    ...(update.expires_at !== undefined && { expiresAt: readExpiry(update.expires_at, now) }),
    ...(update.metadata !== undefined && { metadata: mergeMetadata(key.metadata, update.metadata) }),
    ...(update.previous_secret_expires_at === null && { previousSecretExpiresAt: null }),
  };
}

/** An update must not give a key what its caller does not have: a scope, or a longer life. */
function requireGrantable(caller: ApiKey, key: ApiKey, updated: ApiKey): void {
  const addedScopes = missingScopes(updated.scopes, key.scopes);
  requireScopesHeld(caller, addedScopes);
  // A longer life gives all the key's scopes anew, and a new scope is given for all of the key's life.
  if (isLater(updated.expiresAt, key.expiresAt)) requireScopesHeld(caller, updated.scopes);
  if (addedScopes.length > 0 || updated.expiresAt !== key.expiresAt) requireLifetimeWithin(caller, updated.expiresAt);
}

type Changes = Record<string, AuditValue>;

/** The fields that differ, for the audit. */
function compare(key: ApiKey, updated: ApiKey, now: EpochSeconds): { before: Changes; after: Changes } {
  const [old, fresh] = [auditedFields(key, now), auditedFields(updated, now)];
  const changed = Object.keys(fresh).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(fresh[name]));
  const pick = (fields: Changes): Changes => Object.fromEntries(changed.map((name) => [name, fields[name]!]));
  return { before: pick(old), after: pick(fresh) };
}

function auditedFields(key: ApiKey, now: EpochSeconds): Changes {
  return {
    name: key.name,
    scopes: key.scopes,
    expires_at: formatNullableTimestamp(key.expiresAt),
    metadata: key.metadata,
    previous_secret_expires_at: formatNullableTimestamp(graceEndOf(key, now)),
  };
}
