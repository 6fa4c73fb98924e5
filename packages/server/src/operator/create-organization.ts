import type { AuditEvent } from '../audit/audit-event.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Organization } from '../keys/api-key.ts';
import { generateId } from '../keys/ids.ts';
import type { OperatorTransaction } from '../storage/store.ts';
import { type OperatorKey, type WantedOperatorKey, issueInTransaction } from './issue-key.ts';

type Needs = Pick<Dependencies, 'store' | 'clock' | 'random'>;

/** Creates an organization without keys. */
export function createOrganization(needs: Needs, name: string): Promise<Organization> {
  return needs.store.changeAsOperator((transaction) => insertOrganization(needs, transaction, name));
}

/**
 * Creates an organization and its first key in one transaction.
 *
 * @param deliver puts the secret where its owner finds it, before the transaction commits: a key whose secret could not be handed
 *   over never exists
 */
export function createOrganizationWithKey(
  needs: Needs,
  name: string,
  wanted: WantedOperatorKey,
  deliver: (key: OperatorKey) => Promise<void>,
): Promise<OperatorKey> {
  return needs.store.changeAsOperator(async (transaction) => {
    const { id } = await insertOrganization(needs, transaction, name);
    const key = await issueInTransaction(needs, await transaction.lockOrganization(id), wanted);
    await deliver(key);
    return key;
  });
}

async function insertOrganization(
  { clock, random }: Needs,
  transaction: OperatorTransaction,
  name: string,
): Promise<Organization> {
  for (;;) {
    const organization: Organization = {
      id: generateId('orgn', random),
      name,
      createdAt: clock(),
      limits: { reads: null, writes: null },
    };
    if ((await transaction.insertOrganization(organization)) === 'id_taken') continue;
    await transaction.appendAudit({
      id: generateId('evt', random),
      action: 'organization.created',
      occurredAt: organization.createdAt,
      actor: { type: 'operator' },
      target: { type: 'organization', id: organization.id },
      before: {},
      after: { name },
      requestId: null,
      clientAddress: null,
    } satisfies AuditEvent);
    return organization;
  }
}
