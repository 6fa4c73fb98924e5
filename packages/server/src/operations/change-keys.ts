import type { OrganizationAuditEvent } from '../audit/audit-event.ts';
import type { OperationId, OperationRequest } from '../contract/handler.ts';
import { requireScopes } from '../contract/secure.ts';
import type { Dependencies } from '../dependencies.ts';
import { ApiError } from '../errors/api-error.ts';
import { type ApiKey, type EpochSeconds, statusOf } from '../keys/api-key.ts';
import { type Caller, acceptCredential } from '../keys/authenticate.ts';
import { generateId } from '../keys/ids.ts';
import type { OrganizationTransaction } from '../storage/store.ts';

/** A change to the keys of the caller's organization, while the organization is locked. */
export interface KeyChange {
  readonly transaction: OrganizationTransaction;
  /** The caller as it is now. */
  readonly caller: ApiKey;
  readonly now: EpochSeconds;
  /** Records the change in the organization's audit chain. */
  readonly audit: (
    change: Pick<OrganizationAuditEvent, 'action' | 'before' | 'after'> & { readonly keyId: string },
  ) => Promise<void>;
}

/**
 * Runs a change with the organization locked, once it is sure that the caller may still make it: a key that was revoked or narrowed
 * a moment ago does not finish a write.
 */
export function changeKeys<Id extends OperationId, T>(
  { store, clock, random }: Pick<Dependencies, 'store' | 'clock' | 'random'>,
  request: Pick<OperationRequest<Id, Caller>, 'caller' | 'requiredScopes' | 'requestId' | 'clientAddress'>,
  work: (change: KeyChange) => Promise<T>,
): Promise<T> {
  const { organization, secretDigest } = request.caller;
  return store.change(organization.id, async (transaction) => {
    const now = clock();
    const { apiKey: caller } = acceptCredential(await transaction.findCredential(secretDigest), now);
    requireScopes(request.requiredScopes, caller);
    return work({
      transaction,
      caller,
      now,
      audit: ({ action, before, after, keyId }) =>
        transaction.appendAudit({
          id: generateId('evt', random),
          action,
          occurredAt: now,
          actor: { type: 'api_key', id: caller.id },
          target: { type: 'api_key', id: keyId },
          before,
          after,
          requestId: request.requestId,
          clientAddress: request.clientAddress,
        }),
    });
  });
}

/** Another organization's key and one that does not exist are the same 404. */
export function requireFound(key: ApiKey | null): ApiKey {
  if (key === null) throw new ApiError('key_not_found', 'There is no such API key.');
  return key;
}

/** The 409 for a name that is held, naming its holder. */
export async function nameTaken({ transaction, now }: KeyChange, name: string): Promise<ApiError> {
  const holder = await transaction.findNameHolder(name);
  return new ApiError(
    'name_taken',
    holder === null
      ? 'The name is held by another key.'
      : `The name is held by ${holder.id}, which is ${statusOf(holder, now)}.`,
  );
}

/** No change may lock an organization out. @throws {ApiError} 409 `last_manager` */
export async function requireOtherManager({ transaction, now }: KeyChange, id: string): Promise<void> {
  if (await transaction.hasOtherManager(id, now)) return;
  throw new ApiError('last_manager', 'No other active key of the organization holds api-keys:manage.');
}
