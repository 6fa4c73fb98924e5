import { ApiKeyChanges } from './api-key-changes.ts';
import { ApiKeyQueries } from './api-key-queries.ts';
import { AuditChainChanges } from './audit-chains.ts';
import type { Connection } from './connection.ts';
import { OrganizationChanges, OrganizationQueries } from './organizations.ts';
import { ResourceServerChanges } from './resource-servers.ts';
import { ScopeUseChanges } from './scope-uses.ts';
import { SealedReplies } from './sealed-replies.ts';
import { RequestLogChanges } from './request-logs.ts';
import { UsageChanges } from './usage.ts';

/** What transactions are made of: all that is prepared, once, on the connection that writes. */
export class WriterStatements {
  readonly organizationQueries: OrganizationQueries;
  readonly organizationChanges: OrganizationChanges;
  readonly apiKeyQueries: ApiKeyQueries;
  readonly apiKeyChanges: ApiKeyChanges;
  readonly auditChainChanges: AuditChainChanges;
  readonly resourceServerChanges: ResourceServerChanges;
  readonly scopeUseChanges: ScopeUseChanges;
  readonly sealedReplies: SealedReplies;
  readonly requestLogChanges: RequestLogChanges;
  readonly usageChanges: UsageChanges;

  constructor(connection: Connection) {
    this.organizationQueries = new OrganizationQueries(connection);
    this.organizationChanges = new OrganizationChanges(connection);
    this.apiKeyQueries = new ApiKeyQueries(connection);
    this.apiKeyChanges = new ApiKeyChanges(connection);
    this.auditChainChanges = new AuditChainChanges(connection);
    this.resourceServerChanges = new ResourceServerChanges(connection);
    this.scopeUseChanges = new ScopeUseChanges(connection);
    this.sealedReplies = new SealedReplies(connection);
    this.requestLogChanges = new RequestLogChanges(connection);
    this.usageChanges = new UsageChanges(connection);
  }
}
