import type { components } from '@signa/openapi';
import type { EpochSeconds } from '../keys/api-key.ts';

/** Who made a change: a key of the organization, or an operator at the command line. */
export type AuditActor = { readonly type: 'api_key'; readonly id: string } | { readonly type: 'operator' };

/** Values that have one canonical JSON form: no floats, no dates, no undefined. */
export type AuditValue =
  string | number | boolean | null | readonly AuditValue[] | { readonly [name: string]: AuditValue };

/** One change, before it has its place in a chain. It never holds a secret or a digest of one. */
export interface AuditEvent {
  readonly id: string;
  readonly action:
    | 'organization.created'
    | 'organization.limits_changed'
    | 'api_key.created'
    | 'api_key.updated'
    | 'api_key.rotated'
    | 'api_key.revoked'
    | 'resource_server.created'
    | 'resource_server.revoked';
  readonly occurredAt: EpochSeconds;
  readonly actor: AuditActor;
  readonly target: { readonly type: 'organization' | 'api_key' | 'resource_server'; readonly id: string };
  /** The fields that the change set, as they were and as they are; empty objects where there is nothing to compare. */
  readonly before: { readonly [name: string]: AuditValue };
  readonly after: { readonly [name: string]: AuditValue };
  /** Null for an operator's change. */
  readonly requestId: string | null;
  /** The address of the client that made the change. Null for an operator's change. */
  readonly clientAddress: string | null;
}

/** A change in an organization's own chain: of a kind that the contract shows to it. */
export interface OrganizationAuditEvent extends AuditEvent {
  readonly action: components['schemas']['AuditAction'];
  readonly target: { readonly type: 'api_key'; readonly id: string };
}
