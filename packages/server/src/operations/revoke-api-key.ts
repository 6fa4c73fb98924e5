import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import { statusOf } from '../keys/api-key.ts';
import type { Caller } from '../keys/authenticate.ts';
import { MANAGER_SCOPE } from '../keys/scopes.ts';
import { formatTimestamp } from '../keys/timestamp.ts';
import { changeKeys, requireFound, requireOtherManager } from './change-keys.ts';

export function revokeApiKey(
  dependencies: Pick<Dependencies, 'store' | 'clock' | 'random'>,
): Handler<'revokeApiKey', Caller> {
  return (request) =>
    changeKeys(dependencies, request, async (change) => {
      const { transaction, now } = change;
      const key = requireFound(await transaction.getApiKey(request.path.id));
      const status = statusOf(key, now);
      if (status === 'active' && key.scopes.includes(MANAGER_SCOPE)) await requireOtherManager(change, key.id);

      if (status !== 'revoked') {
        const outcome = await transaction.saveApiKey({ ...key, revokedAt: now, previousSecretExpiresAt: null });
        // The organization is locked, so nobody can have changed the key since it was read above.
        if (outcome !== 'saved') throw new Error(`The key ${key.id} changed while its organization was locked.`);
        await transaction.sealedReplies.discardSecretsOf(key.id);
        await transaction.sealedReplies.discardRepliesTo(key.id);
        await change.audit({
          action: 'api_key.revoked',
          keyId: key.id,
          before: { status },
          after: { status: 'revoked', revoked_at: formatTimestamp(now) },
        });
      }
      return request.respond(200, { id: key.id, object: 'api_key', deleted: true, request_id: request.requestId });
    });
}
