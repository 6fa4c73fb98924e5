import type { OrganizationAuditEvent } from '../../audit/audit-event.ts';
import type { ApiKey, EpochSeconds, Organization } from '../../keys/api-key.ts';
import { type OrganizationRow, toOrganization } from '../rows.ts';
import type { SealedReplyTransaction } from '../sealed-reply-store.ts';
import { type Credential, type NewApiKey, OrganizationNotFoundError, type OrganizationTransaction } from '../store.ts';
import { ApiKeyChanges } from './api-key-changes.ts';
import { findApiKey, findCredential } from './api-key-queries.ts';
import { appendAudit } from './audit-chains.ts';
import { lockOrganization } from './organizations.ts';
import type { Queryable } from './queryable.ts';
import { SealedReplies } from './sealed-replies.ts';

/**
 * Locks an organization's row until the transaction ends. Each statement after it sees what those who held the lock before have committed.
 *
 * @throws {OrganizationNotFoundError} when there is no such organization
 */
export async function beginOrganization(transaction: Queryable, id: string): Promise<OrganizationTransaction> {
  const row = await lockOrganization(transaction, id);
  if (row === undefined) throw new OrganizationNotFoundError(id);
  return new PostgresOrganizationTransaction(transaction, row);
}

/** A locked organization within a transaction. */
class PostgresOrganizationTransaction implements OrganizationTransaction {
  readonly organization: Organization;
  readonly sealedReplies: SealedReplyTransaction;
  readonly #transaction: Queryable;
  readonly #apiKeys: ApiKeyChanges;

  constructor(transaction: Queryable, row: OrganizationRow) {
    this.organization = toOrganization(row);
    this.sealedReplies = new SealedReplies(transaction, row.sequence);
    this.#transaction = transaction;
    this.#apiKeys = new ApiKeyChanges(transaction, row.sequence);
  }

  findCredential(digest: Uint8Array): Promise<Credential | null> {
    return findCredential(this.#transaction, digest);
  }

  getApiKey(id: string): Promise<ApiKey | null> {
    return findApiKey(this.#transaction, this.organization.id, id);
  }

  findNameHolder(name: string): Promise<ApiKey | null> {
    return this.#apiKeys.findNameHolder(name);
  }

  hasOtherManager(id: string, now: EpochSeconds): Promise<boolean> {
    return this.#apiKeys.hasOtherManager(id, now);
  }

  async insertApiKey(key: NewApiKey, secretDigest: Uint8Array): Promise<'inserted' | 'name_taken' | 'id_taken'> {
    if (key.organizationId !== this.organization.id) throw new Error('The key belongs to another organization.');
    return this.#apiKeys.insert(key, secretDigest);
  }

  saveApiKey(key: ApiKey, newSecretDigest?: Uint8Array): Promise<'saved' | 'name_taken' | 'changed_meanwhile'> {
    return this.#apiKeys.save(key, newSecretDigest);
  }

  appendAudit(event: OrganizationAuditEvent): Promise<void> {
    return appendAudit(this.#transaction, this.organization.id, event);
  }
}
