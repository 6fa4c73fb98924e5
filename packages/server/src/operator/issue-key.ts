import type { Dependencies } from '../dependencies.ts';
import type { Organization, Scope } from '../keys/api-key.ts';
import { generateId } from '../keys/ids.ts';
import { type IssuedApiKey, issueApiKey } from '../keys/issue-api-key.ts';
import { formatNullableTimestamp } from '../keys/timestamp.ts';
import type { OrganizationTransaction } from '../storage/store.ts';

type Needs = Pick<Dependencies, 'store' | 'clock' | 'random'>;

export interface WantedOperatorKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export interface OperatorKey extends IssuedApiKey {
  readonly organization: Organization;
}

/** Another key of the organization, not revoked, holds the name. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';

  constructor(keyName: string) {
    super(`The organization already has a key named ${JSON.stringify(keyName)}.`);
  }
}

/**
 * Issues a key on an operator's authority: the way back into an organization that has no working key with `api-keys:manage` left.
 * It never expires, and its audit row names no caller.
 *
 * @param deliver puts the secret where its owner finds it, before the transaction commits: a key whose secret could not be handed
 *   over never exists
 * @throws {OrganizationNotFoundError}
 * @throws {NameTakenError}
 */
export function issueKeyAsOperator(
  needs: Needs,
  organizationId: string,
  wanted: WantedOperatorKey,
  deliver: (key: OperatorKey) => Promise<void>,
): Promise<OperatorKey> {
  return needs.store.change(organizationId, async (transaction) => {
    const key = await issueInTransaction(needs, transaction, wanted);
    await deliver(key);
    return key;
  });
}

/** The same within a transaction that is open already. */
export async function issueInTransaction(
  { clock, random }: Needs,
  transaction: OrganizationTransaction,
  { name, scopes }: WantedOperatorKey,
): Promise<OperatorKey> {
  const now = clock();
  const issued = await issueApiKey(transaction, random, {
    name,
    scopes,
    expiresAt: null,
    createdAt: now,
    createdBy: null,
  });
  if (issued === 'name_taken') throw new NameTakenError(name);
  const { apiKey } = issued;
  await transaction.appendAudit({
    id: generateId('evt', random),
    action: 'api_key.created',
    occurredAt: now,
    actor: { type: 'operator' },
    target: { type: 'api_key', id: apiKey.id },
    before: {},
    after: { name, prefix: apiKey.prefix, scopes, expires_at: formatNullableTimestamp(apiKey.expiresAt) },
    requestId: null,
    clientAddress: null,
  });
  return { ...issued, organization: transaction.organization };
}
