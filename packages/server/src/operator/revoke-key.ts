import type { Dependencies } from '../dependencies.ts';
import type { ApiKey, EpochSeconds, Organization } from '../keys/api-key.ts';
import { generateId } from '../keys/ids.ts';
import { revokeApiKey } from '../keys/revoke-api-key.ts';

type Needs = Pick<Dependencies, 'store' | 'clock' | 'random'>;

export interface KeyRevokedByOperator {
  readonly apiKey: ApiKey;
  readonly revokedAt: EpochSeconds;
  readonly organization: Organization;
  /** Whether a key of the organization still manages its keys. If not, an operator must issue one. */
  readonly hasManager: boolean;
}

export class ApiKeyNotFoundError extends Error {
  override readonly name = 'ApiKeyNotFoundError';

  constructor(id: string) {
    super(`There is no API key ${id}.`);
  }
}

/**
 * Revokes a key of whichever organization on an operator's authority, even the last that manages keys: the way to stop one that was
 * stolen when its owner cannot. Revoking it again changes nothing, and leaves no row.
 *
 * @throws {ApiKeyNotFoundError}
 */
export function revokeKeyAsOperator({ store, clock, random }: Needs, id: string): Promise<KeyRevokedByOperator> {
  return store.changeAsOperator(async (operator) => {
    const organizationId = await operator.findOrganizationOf(id);
    if (organizationId === null) throw new ApiKeyNotFoundError(id);
    const transaction = await operator.lockOrganization(organizationId);
    const apiKey = await transaction.getApiKey(id);
    if (apiKey === null) throw new ApiKeyNotFoundError(id);

    const now = clock();
    const { revokedAt, change } = await revokeApiKey(transaction, apiKey, now);
    if (change !== null) {
      await transaction.appendAudit({
        ...change,
        id: generateId('evt', random),
        occurredAt: now,
        actor: { type: 'operator' },
        target: { type: 'api_key', id },
        requestId: null,
        clientAddress: null,
      });
    }
    const hasManager = await transaction.hasOtherManager(id, now);
    return { apiKey, revokedAt, organization: transaction.organization, hasManager };
  });
}
