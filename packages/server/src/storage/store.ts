import type { AuditEvent, OrganizationAuditEvent } from '../audit/audit-event.ts';
import type { ResourceServer } from '../introspection/resource-server.ts';
import type { ApiKey, ApiKeyStatus, EpochSeconds, Organization, OrganizationLimits } from '../keys/api-key.ts';
import type { CountedLookUps } from '../limits/counted-look-ups.ts';
import type { AuditStore } from './audit-store.ts';
import type { NewResourceServer, ResourceServerStore } from './resource-server-store.ts';
import type { ScopeUseStore } from './scope-use-store.ts';
import type { SealedReplyStore, SealedReplyTransaction } from './sealed-reply-store.ts';
import type { RequestLogStore } from './request-log-store.ts';
import type { UsageStore } from './usage-store.ts';

/**
 * Where organizations, keys and audit rows are kept.
 *
 * Every promise here is held to by `conformance.ts`, which each implementation must pass. What a promise to write has resolved is
 * durable: it survives the death of the process and of the machine. Every method may reject with {@link StoreBusyError} or
 * {@link StoreUnavailableError}.
 */
export interface Store {
  readonly audit: AuditStore;
  readonly resourceServers: ResourceServerStore;
  readonly scopeUses: ScopeUseStore;
  readonly sealedReplies: SealedReplyStore;
  readonly requestLogs: RequestLogStore;
  readonly usage: UsageStore;
  /**
   * Looks callers up and counts their requests, for all processes that share the store. Without it each process counts by itself, in
   * memory.
   */
  readonly countedLookUps?: CountedLookUps;

  /** The key that a secret's digest belongs to, or null. Says nothing on whether the key may still be used. */
  findCredential(digest: Uint8Array): Promise<Credential | null>;

  /** A key of this organization, or null; another organization's key is null too. */
  getApiKey(organizationId: string, id: string): Promise<ApiKey | null>;

  /** Keys that match, newest first. */
  listApiKeys(organizationId: string, filter: ApiKeyFilter, page: Page): Promise<ListPage<ApiKey>>;

  /**
   * How many keys match. Many are counted a portion at a time, and others are served in between; what is added or changed meanwhile
   * may be counted or not. An organization's counts may wait for each other.
   */
  countApiKeys(organizationId: string, filter: ApiKeyFilter): Promise<number>;

  listOrganizations(): Promise<Organization[]>;

  /**
   * Runs `work` in a transaction that holds the lock of the organization from the start: no two run at a time for one organization,
   * and each sees all that those before it committed. Commits when `work` resolves; when it rejects, nothing has happened.
   * `work` must wait for nothing but the transaction's own methods, because others wait for it.
   *
   * @throws {OrganizationNotFoundError} when there is no such organization
   */
  change<T>(organizationId: string, work: (transaction: OrganizationTransaction) => Promise<T>): Promise<T>;

  /** The same for an operator's changes, which have an audit chain of their own and may create organizations. */
  changeAsOperator<T>(work: (transaction: OperatorTransaction) => Promise<T>): Promise<T>;

  /**
   * Notes, by the ids of keys, when they were last used and which scopes that needed, all of it together. A time before the one on
   * record is ignored, an unknown key too.
   */
  recordUses(uses: ReadonlyMap<string, ApiKeyUse>): Promise<void>;

  /** How the connections to a database server stand. Only a store that has some. */
  poolStatus?(): PoolStatus;

  /** How many changes wait for the one writer. Only a store that has one. */
  waitingWrites?(): number;

  /** Resolves when the store can read and write. */
  checkHealth(): Promise<void>;

  /** Waits for changes under way, then closes. */
  close(): Promise<void>;
}

/** How many connections a pool has, how many of them nobody uses, and how many wait for one. */
export interface PoolStatus {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

/** What can be done while an organization is locked. Usable only until the work it was given to resolves. */
export interface OrganizationTransaction {
  readonly organization: Organization;
  readonly sealedReplies: SealedReplyTransaction;

  findCredential(digest: Uint8Array): Promise<Credential | null>;

  getApiKey(id: string): Promise<ApiKey | null>;

  /** The key that holds a name: not revoked, and of the same name in Unicode normalization form C. */
  findNameHolder(name: string): Promise<ApiKey | null>;

  /** Whether a key other than `id` is active at `now` and holds `api-keys:manage`. */
  hasOtherManager(id: string, now: EpochSeconds): Promise<boolean>;

  /** Adds a key. When the name is held, or the id or the digest exists already, it adds nothing and says so. */
  insertApiKey(key: NewApiKey, secretDigest: Uint8Array): Promise<'inserted' | 'name_taken' | 'id_taken'>;

  /**
   * Writes a key's name, prefix, scopes, metadata, expiry, rotation and revocation, and counts its version up by one.
   *
   * `newSecretDigest` replaces the secret: the one before becomes the previous secret when `previousSecretExpiresAt` is set, and is
   * forgotten otherwise. Without it, a null `previousSecretExpiresAt` forgets the previous secret.
   *
   * @returns `changed_meanwhile`, having written nothing, when the stored version is not `key.version`
   */
  saveApiKey(key: ApiKey, newSecretDigest?: Uint8Array): Promise<'saved' | 'name_taken' | 'changed_meanwhile'>;

  /** Adds a row to the organization's audit chain. */
  appendAudit(event: OrganizationAuditEvent): Promise<void>;
}

export interface OperatorTransaction {
  insertOrganization(organization: Organization): Promise<'inserted' | 'id_taken'>;

  /**
   * Gives an organization limits of its own, or with null the process's.
   *
   * @throws {OrganizationNotFoundError} when there is no such organization
   */
  setLimits(organizationId: string, limits: OrganizationLimits): Promise<void>;

  /** Adds a resource server. When the id or the digest exists already, it adds nothing and says so. */
  insertResourceServer(server: NewResourceServer, secretDigest: Uint8Array): Promise<'inserted' | 'id_taken'>;

  getResourceServer(id: string): Promise<ResourceServer | null>;

  /** Refuses a resource server from now on. One that is revoked already, or unknown, is left as it is. */
  revokeResourceServer(id: string, revokedAt: EpochSeconds): Promise<void>;

  /** The id of the organization that a key belongs to, which never changes; null when there is no such key. */
  findOrganizationOf(apiKeyId: string): Promise<string | null>;

  /** Adds a row to the operators' audit chain. */
  appendAudit(event: AuditEvent): Promise<void>;

  /**
   * Locks an organization within this transaction.
   *
   * @throws {OrganizationNotFoundError} when there is no such organization
   */
  lockOrganization(id: string): Promise<OrganizationTransaction>;
}

export interface Credential {
  readonly apiKey: ApiKey;
  readonly organization: Organization;
  /** Whether the digest is that of the current secret, or of the one before the latest rotation. */
  readonly secret: 'current' | 'previous';
}

/** A key before it has a place in the store. */
export type NewApiKey = Omit<
  ApiKey,
  'sequence' | 'version' | 'lastUsedAt' | 'rotatedAt' | 'previousSecretExpiresAt' | 'revokedAt'
>;

/** What a key was used for. */
export interface ApiKeyUse {
  readonly at: EpochSeconds;
  /** When each scope was last needed. */
  readonly neededScopes: ReadonlyMap<string, EpochSeconds>;
}

export interface ApiKeyFilter {
  readonly status: ApiKeyStatus | 'not_revoked';
  /** The time at which `status` holds. */
  readonly now: EpochSeconds;
  readonly createdBy?: string;
  /** Matches anywhere in the name, after normalization form C and with letters of both in one case. */
  readonly nameContains?: string;
}

export interface Page {
  /** Only rows whose sequence is smaller. */
  readonly before?: number;
  readonly limit: number;
}

/**
 * A page of a list. What it costs depends neither on its depth nor on the filter: one for which more rows would have to be looked at
 * than `MOST_ROWS_LOOKED_AT` ends before it is full, even empty, and `next` says where to go on.
 */
export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** `before` of the next page, or null when no other row matches. */
  readonly next: number | null;
}

/** The store was locked for as long as a change may wait. Nothing was written. */
export class StoreBusyError extends Error {
  override readonly name = 'StoreBusyError';
}

/** The store failed: its disk, its file, its connection. A change under way may or may not have been written. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** The store cannot be opened. The message is a sentence for the operator. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
}

export class OrganizationNotFoundError extends Error {
  override readonly name = 'OrganizationNotFoundError';

  constructor(id: string) {
    super(`There is no organization ${id}.`);
  }
}
