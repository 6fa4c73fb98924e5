import type { Handler } from '../contract/handler.ts';
import type { Caller } from '../keys/authenticate.ts';
import { formatNullableTimestamp } from '../keys/timestamp.ts';

export function getOrganization(): Handler<'getOrganization', Caller> {
  return async ({ caller: { apiKey, organization }, requestId, respond }) =>
    respond(200, {
      object: 'identity',
      org_id: organization.id,
      org_name: organization.name,
      api_key: {
        id: apiKey.id,
        name: apiKey.name,
        prefix: apiKey.prefix,
        scopes: [...apiKey.scopes],
        expires_at: formatNullableTimestamp(apiKey.expiresAt),
      },
      request_id: requestId,
    });
}
