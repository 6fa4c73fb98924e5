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

    const { rows, next } = await store.listApiKeys(organizationId, filter, {
      limit,
      ...(query.cursor !== undefined && { before: cursors.decode(query.cursor).sequence }),
    });

    return respond(200, {
      object: 'list',
      data: rows.map((key) => presentApiKey(key, now)),
      has_more: next !== null,
      pagination: {
        cursor: next === null ? null : cursors.encode({ sequence: next }),
        ...(query.include_total && { total_count: await store.countApiKeys(organizationId, filter) }),
      },
      request_id: requestId,
    });
  };
}
