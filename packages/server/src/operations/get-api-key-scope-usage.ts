import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../keys/authenticate.ts';
import { formatNullableTimestamp, formatTimestamp } from '../keys/timestamp.ts';
import { requireFound } from './change-keys.ts';

export function getApiKeyScopeUsage({ store }: Pick<Dependencies, 'store'>): Handler<'getApiKeyScopeUsage', Caller> {
  return async ({ path, caller, requestId, respond }) => {
    const key = requireFound(await store.getApiKey(caller.organization.id, path.id));
    const { recordedSince, lastNeededAt } = await store.scopeUses.read(key);

    return respond(200, {
      object: 'scope_usage',
      api_key_id: key.id,
      recorded_since: formatTimestamp(recordedSince),
      scopes: key.scopes.map((scope) => ({
        scope,
        last_needed_at: formatNullableTimestamp(lastNeededAt.get(scope) ?? null),
      })),
      request_id: requestId,
    });
  };
}
