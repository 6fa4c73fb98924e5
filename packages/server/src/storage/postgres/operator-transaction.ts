import { OPERATOR_CHAIN } from '../../audit/chain.ts';
import type { AuditEvent } from '../../audit/audit-event.ts';
import type { ResourceServer } from '../../introspection/resource-server.ts';
import type { EpochSeconds, Organization, OrganizationLimits } from '../../keys/api-key.ts';
import type { NewResourceServer } from '../resource-server-store.ts';
import { OrganizationNotFoundError, type OperatorTransaction, type OrganizationTransaction } from '../store.ts';
import { findOrganizationOf } from './api-key-queries.ts';
import { appendAudit } from './audit-chains.ts';
import { beginOrganization } from './organization-transaction.ts';
import { insertOrganization, setLimits } from './organizations.ts';
import type { Queryable } from './queryable.ts';
import { getResourceServer, insertResourceServer, revokeResourceServer } from './resource-servers.ts';

/** Locks the operators' row until the transaction ends, so that operators' changes come one after the other. */
export async function beginOperator(transaction: Queryable): Promise<OperatorTransaction> {
  await transaction.query('SELECT 1 FROM operator_audit FOR NO KEY UPDATE');
  return new PostgresOperatorTransaction(transaction);
}

/** An operator's transaction. */
class PostgresOperatorTransaction implements OperatorTransaction {
  readonly #transaction: Queryable;

  constructor(transaction: Queryable) {
    this.#transaction = transaction;
  }

  insertOrganization(organization: Organization): Promise<'inserted' | 'id_taken'> {
    return insertOrganization(this.#transaction, organization);
  }

  async setLimits(organizationId: string, limits: OrganizationLimits): Promise<void> {
    if (!(await setLimits(this.#transaction, organizationId, limits)))
      throw new OrganizationNotFoundError(organizationId);
  }

  insertResourceServer(server: NewResourceServer, secretDigest: Uint8Array): Promise<'inserted' | 'id_taken'> {
    return insertResourceServer(this.#transaction, server, secretDigest);
  }

  getResourceServer(id: string): Promise<ResourceServer | null> {
    return getResourceServer(this.#transaction, id);
  }

  revokeResourceServer(id: string, revokedAt: EpochSeconds): Promise<void> {
    return revokeResourceServer(this.#transaction, id, revokedAt);
  }

  findOrganizationOf(apiKeyId: string): Promise<string | null> {
    return findOrganizationOf(this.#transaction, apiKeyId);
  }

  appendAudit(event: AuditEvent): Promise<void> {
    return appendAudit(this.#transaction, OPERATOR_CHAIN, event);
  }

  lockOrganization(id: string): Promise<OrganizationTransaction> {
    return beginOrganization(this.#transaction, id);
  }
}
