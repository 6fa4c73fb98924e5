import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import { statusOf } from '../keys/api-key.ts';
import type { Caller } from '../keys/authenticate.ts';
import { revokeApiKey as revoke } from '../keys/revoke-api-key.ts';
import { MANAGER_SCOPE } from '../keys/scopes.ts';
import { changeKeys, requireFound, requireOtherManager } from './change-keys.ts';

export function revokeApiKey(
  dependencies: Pick<Dependencies, 'store' | 'clock' | 'random'>,
): Handler<'revokeApiKey', Caller> {
  return (request) =>
    changeKeys(dependencies, request, async (change) => {
      const { transaction, now } = change;
      const key = requireFound(await transaction.getApiKey(request.path.id));
      const isManager = statusOf(key, now) === 'active' && key.scopes.includes(MANAGER_SCOPE);
      if (isManager) await requireOtherManager(change, key.id);

      const revocation = await revoke(transaction, key, now);
      if (revocation.change !== null) await change.audit({ ...revocation.change, keyId: key.id });
      return request.respond(200, { id: key.id, object: 'api_key', deleted: true, request_id: request.requestId });
    });
}
