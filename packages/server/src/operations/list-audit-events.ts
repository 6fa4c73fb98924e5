import type { components } from '@signa/openapi';
import { type ChainedRow, toHex } from '../audit/chain.ts';
import type { Handler } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../keys/authenticate.ts';
import { readDayRange, startOf } from '../keys/day.ts';
import { cursorsOf } from '../pagination/cursor.ts';
import type { AuditFilter } from '../storage/audit-store.ts';

export function listAuditEvents({ store }: Pick<Dependencies, 'store'>): Handler<'listAuditEvents', Caller> {
  return async ({ query, caller, requestId, respond }) => {
    const chain = caller.organization.id;
    const { action, actor_id: actorId, target_id: targetId } = query;
    const { first, last } = readDayRange(query);
    const filter: AuditFilter = {
      ...(action !== undefined && { action }),
      ...(actorId !== undefined && { actorId }),
      ...(targetId !== undefined && { targetId }),
      ...(first !== null && { from: startOf(first) }),
      ...(last !== null && { until: startOf(last + 1) }),
    };
    const cursors = cursorsOf(['listAuditEvents', chain, action, actorId, targetId, first, last], ['sequence']);
    const limit = query.limit!; // the contract has a default, which the validator has filled in

    const { rows, next } = await store.audit.list(chain, filter, {
      limit,
      ...(query.cursor !== undefined && { before: cursors.decode(query.cursor).sequence }),
    });

    return respond(200, {
      object: 'list',
      data: rows.map(presentAuditEvent),
      has_more: next !== null,
      pagination: { cursor: next === null ? null : cursors.encode({ sequence: next }) },
      request_id: requestId,
    });
  };
}

/** An event as the contract shows it: what was hashed, and the hash. */
function presentAuditEvent({ bytes, hash }: ChainedRow): components['schemas']['AuditEvent'] {
  // The cast holds because chainRow made the bytes, of an OrganizationAuditEvent.
  const event = JSON.parse(Buffer.from(bytes).toString()) as Omit<components['schemas']['AuditEvent'], 'hash'>;
  return { ...event, hash: toHex(hash) };
}
