import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../keys/authenticate.ts';
import { requireFound } from './change-keys.ts';
import { presentApiKey } from './present-api-key.ts';

export function getApiKey({ store, clock }: Pick<Dependencies, 'store' | 'clock'>): Handler<'getApiKey', Caller> {
  return async ({ path, caller, requestId, respond }) => {
    const key = requireFound(await store.getApiKey(caller.organization.id, path.id));
    return respond(200, { ...presentApiKey(key, clock()), request_id: requestId });
  };
}
