import type { AuditEvent } from '../../audit/audit-event.ts';
import type { Organization } from '../../keys/api-key.ts';
import type { OperatorTransaction, OrganizationTransaction } from '../store.ts';
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

  async appendAudit(event: AuditEvent): Promise<void> {
    this.#scope.run(() => this.#statements.auditChainChanges.appendToOperators(event));
  }

  async lockOrganization(id: string): Promise<OrganizationTransaction> {
    return new SqliteOrganizationTransaction(this.#scope, this.#statements, id);
  }
}
