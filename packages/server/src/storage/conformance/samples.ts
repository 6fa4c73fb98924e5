import { randomBytes } from 'node:crypto';
import type { OrganizationAuditEvent } from '../../audit/audit-event.ts';
import type { EpochSeconds, Organization } from '../../keys/api-key.ts';
import type { NewResourceServer } from '../resource-server-store.ts';
import { dayOf } from '../../keys/day.ts';
import type { RequestLog } from '../../request-logs/request-log.ts';
import type { UsageCount } from '../../usage/usage-count.ts';
import type { ApiKeyFilter, ApiKeyUse, NewApiKey } from '../store.ts';

export const NOW = 1_790_000_000;
export const NOT_REVOKED: ApiKeyFilter = { status: 'not_revoked', now: NOW };

export function newOrganization(name: string): Organization {
  return { id: `orgn_${randomName()}`, name, createdAt: NOW, limits: { reads: null, writes: null } };
}

export function newKey(organization: Organization, wanted: Partial<NewApiKey> = {}): NewApiKey {
  return {
    id: `key_${randomName()}`,
    organizationId: organization.id,
    name: `Key ${randomName()}`,
    prefix: 'sig_a1b2',
    scopes: ['trademarks:read'],
    metadata: {},
    createdAt: NOW,
    createdBy: null,
    expiresAt: null,
    ...wanted,
  };
}

export function newResourceServer(wanted: Partial<NewResourceServer> = {}): NewResourceServer {
  return {
    id: `rs_${randomName()}`,
    name: 'Trademark API',
    prefix: 'sigrs_a1b2',
    scopes: ['trademarks:read'],
    createdAt: NOW,
    ...wanted,
  };
}

export function someEvent(wanted: Partial<OrganizationAuditEvent> = {}): OrganizationAuditEvent {
  return {
    id: `evt_${randomName()}`,
    action: 'api_key.created',
    occurredAt: NOW,
    actor: { type: 'operator' },
    target: { type: 'api_key', id: 'key_0000000000000001' },
    before: {},
    after: {},
    requestId: null,
    clientAddress: null,
    ...wanted,
  };
}

export function someRequest(organization: Pick<Organization, 'id'>, wanted: Partial<RequestLog> = {}): RequestLog {
  return {
    organizationId: organization.id,
    requestId: `req_${randomName()}`,
    occurredAt: NOW,
    method: 'GET',
    path: '/v1/organization/api-keys/key_0000000000000002',
    pathTemplate: '/v1/organization/api-keys/{id}',
    operationId: 'getApiKey',
    status: 200,
    durationMs: 1.234,
    errorType: null,
    apiKeyId: 'key_0000000000000001',
    apiKeyPrefix: 'sig_a1b2',
    clientAddress: '203.0.113.17',
    ...wanted,
  };
}

export function someUsage(organization: Organization, wanted: Partial<UsageCount> = {}): UsageCount {
  return {
    organizationId: organization.id,
    day: dayOf(NOW),
    apiKeyId: 'key_0000000000000001',
    operationId: 'getApiKey',
    requests: 1,
    errors: 0,
    ...wanted,
  };
}

/** A use of a key that needed no scope. */
export function usedAt(at: EpochSeconds): ApiKeyUse {
  return { at, neededScopes: new Map() };
}

export function someDigest(): Uint8Array {
  return randomBytes(32);
}

function randomName(): string {
  return randomBytes(8).toString('hex');
}
