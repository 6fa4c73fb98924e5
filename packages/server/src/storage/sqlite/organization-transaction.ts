import type { OrganizationAuditEvent } from '../../audit/audit-event.ts';
import type { ApiKey, EpochSeconds, Organization } from '../../keys/api-key.ts';
import type { SealedReplyTransaction } from '../sealed-reply-store.ts';
import { type Credential, type NewApiKey, OrganizationNotFoundError, type OrganizationTransaction } from '../store.ts';
import { toOrganization } from '../rows.ts';
import type { TransactionScope } from './transaction-scope.ts';
import type { WriterStatements } from './writer-statements.ts';

/**
 * One organization within a write transaction. The transaction's lock is the organization's: SQLite has one writer at a
 * time.
 */
export class SqliteOrganizationTransaction implements OrganizationTransaction {
  readonly organization: Organization;
  readonly sealedReplies: SealedReplyTransaction;
  /** The organization as `api_keys` refers to it. */
  readonly #number: number;
  readonly #scope: TransactionScope;
  readonly #statements: WriterStatements;

  /** @throws {OrganizationNotFoundError} when there is no such organization */
  constructor(scope: TransactionScope, statements: WriterStatements, organizationId: string) {
    const row = scope.run(() => statements.organizationQueries.find(organizationId));
    if (row === undefined) throw new OrganizationNotFoundError(organizationId);
    this.organization = toOrganization(row);
    this.#number = row.sequence;
    this.#scope = scope;
    this.#statements = statements;
    const { sealedReplies } = statements;
    this.sealedReplies = {
      find: async (lookUp) => scope.run(() => sealedReplies.find(row.sequence, lookUp)),
      insert: async (reply, limits, now) =>
        void scope.discard(() => sealedReplies.insert(row.sequence, reply, limits, now)),
      discardSecretsOf: async (id) => void scope.discard(() => sealedReplies.discardSecretsOf(row.sequence, id)),
      discardRepliesTo: async (id) => void scope.discard(() => sealedReplies.discardRepliesTo(row.sequence, id)),
    };
  }

  async findCredential(digest: Uint8Array): Promise<Credential | null> {
    return this.#scope.run(() => this.#statements.apiKeyQueries.findCredential(digest));
  }

  async getApiKey(id: string): Promise<ApiKey | null> {
    return this.#scope.run(() => this.#statements.apiKeyQueries.find(this.organization.id, id));
  }

  async findNameHolder(name: string): Promise<ApiKey | null> {
    return this.#scope.run(() => this.#statements.apiKeyChanges.findNameHolder(this.#number, name));
  }

  async hasOtherManager(id: string, now: EpochSeconds): Promise<boolean> {
    return this.#scope.run(() => this.#statements.apiKeyChanges.hasOtherManager(this.#number, id, now));
  }

  async insertApiKey(key: NewApiKey, secretDigest: Uint8Array): Promise<'inserted' | 'name_taken' | 'id_taken'> {
    if (key.organizationId !== this.organization.id) throw new Error('The key belongs to another organization.');
    return this.#scope.run(() => this.#statements.apiKeyChanges.insert(this.#number, key, secretDigest));
  }

  async saveApiKey(key: ApiKey, newSecretDigest?: Uint8Array): Promise<'saved' | 'name_taken' | 'changed_meanwhile'> {
    return this.#scope.run(() => this.#statements.apiKeyChanges.save(this.#number, key, newSecretDigest));
  }

  async appendAudit(event: OrganizationAuditEvent): Promise<void> {
    this.#scope.run(() => this.#statements.auditChainChanges.appendToOrganization(this.organization.id, event));
  }
}
