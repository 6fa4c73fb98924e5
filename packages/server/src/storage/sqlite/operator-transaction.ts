import type { AuditEvent } from '../../audit/audit-event.ts';
import type { ResourceServer } from '../../introspection/resource-server.ts';
import type { EpochSeconds, Organization, OrganizationLimits } from '../../keys/api-key.ts';
import type { NewResourceServer } from '../resource-server-store.ts';
import { OrganizationNotFoundError, type OperatorTransaction, type OrganizationTransaction } from '../store.ts';
import { SqliteOrganizationTransaction } from './organization-transaction.ts';
import type { TransactionScope } from './transaction-scope.ts';
import type { WriterStatements } from './writer-statements.ts';

/** An operator's write transaction. */
export class SqliteOperatorTransaction implements OperatorTransaction {
  readonly #scope: TransactionScope;
  readonly #statements: WriterStatements;

  constructor(scope: TransactionScope, statements: WriterStatements) {
    this.#scope = scope;
    this.#statements = statements;
  }

  async insertOrganization(organization: Organization): Promise<'inserted' | 'id_taken'> {
    return this.#scope.run(() => this.#statements.organizationChanges.insert(organization));
  }

  async setLimits(organizationId: string, limits: OrganizationLimits): Promise<void> {
    const found = this.#scope.run(() => this.#statements.organizationChanges.setLimits(organizationId, limits));
    if (!found) throw new OrganizationNotFoundError(organizationId);
  }

  async insertResourceServer(server: NewResourceServer, secretDigest: Uint8Array): Promise<'inserted' | 'id_taken'> {
    return this.#scope.run(() => this.#statements.resourceServerChanges.insert(server, secretDigest));
  }

  async getResourceServer(id: string): Promise<ResourceServer | null> {
    return this.#scope.run(() => this.#statements.resourceServerChanges.find(id));
  }

  async revokeResourceServer(id: string, revokedAt: EpochSeconds): Promise<void> {
    this.#scope.run(() => this.#statements.resourceServerChanges.revoke(id, revokedAt));
  }

  async findOrganizationOf(apiKeyId: string): Promise<string | null> {
    return this.#scope.run(() => this.#statements.apiKeyQueries.findOrganizationOf(apiKeyId));
  }

  async appendAudit(event: AuditEvent): Promise<void> {
    this.#scope.run(() => this.#statements.auditChainChanges.appendToOperators(event));
  }

  async lockOrganization(id: string): Promise<OrganizationTransaction> {
    return new SqliteOrganizationTransaction(this.#scope, this.#statements, id);
  }
}
