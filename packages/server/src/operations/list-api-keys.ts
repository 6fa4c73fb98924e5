import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../keys/authenticate.ts';
import { cursorsOf } from '../pagination/cursor.ts';
import type { ApiKeyFilter } from '../storage/store.ts';
import { presentApiKey } from './present-api-key.ts';

export function listApiKeys({ store, clock }: Pick<Dependencies, 'store' | 'clock'>): Handler<'listApiKeys', Caller> {
  return async ({ query, caller, requestId, respond }) => {
    const organizationId = caller.organization.id;
    const now = clock();
    const filter: ApiKeyFilter = {
      status: query.status ?? 'not_revoked',
      now,
      ...(query.created_by !== undefined && { createdBy: query.created_by }),
      ...(query.name !== undefined && { nameContains: query.name }),
    };
    const cursors = cursorsOf(
      ['listApiKeys', organizationId, query.status, query.created_by, query.name],
      ['sequence'],
    );
    const limit = query.limit!; // the contract has a default, which the validator has filled in

    const keys = await store.listApiKeys(organizationId, filter, {
      limit: limit + 1, // the one too many tells whether there is another page
      ...(query.cursor !== undefined && { before: cursors.decode(query.cursor).sequence }),
    });
    const data = keys.slice(0, limit);
    const hasMore = keys.length > limit;

    return respond(200, {
      object: 'list',
      data: data.map((key) => presentApiKey(key, now)),
      has_more: hasMore,
      pagination: {
        cursor: hasMore ? cursors.encode(data.at(-1)!) : null,
        ...(query.include_total && { total_count: await store.countApiKeys(organizationId, filter) }),
      },
      request_id: requestId,
    });
  };
}
