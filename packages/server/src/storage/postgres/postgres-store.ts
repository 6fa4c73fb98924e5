import { OPERATOR_CHAIN } from '../../audit/chain.ts';
import type { Clock } from '../../dependencies.ts';
import type { ApiKey, Organization } from '../../keys/api-key.ts';
import type { RequestLog } from '../../request-logs/request-log.ts';
import type { UsageCount } from '../../usage/usage-count.ts';
import type { AuditStore } from '../audit-store.ts';
import type { RequestLogStore } from '../request-log-store.ts';
import type { ResourceServerStore } from '../resource-server-store.ts';
import type { ScopeUseStore } from '../scope-use-store.ts';
import type { SealedReplyStore } from '../sealed-reply-store.ts';
import {
  type ApiKeyFilter,
  type ApiKeyUse,
  type Credential,
  type ListPage,
  type OperatorTransaction,
  type OrganizationTransaction,
  type Page,
  type PoolStatus,
  type Store,
  StoreUnavailableError,
} from '../store.ts';
import type { UsageStore } from '../usage-store.ts';
import { countApiKeys, listApiKeys } from './api-key-list.ts';
import { findApiKey, findCredential } from './api-key-queries.ts';
import { listChains, readChainPortion } from './audit-chains.ts';
import { listAuditEvents } from './audit-list.ts';
import { PostgresCountedLookUps } from './counted-look-ups.ts';
import { Database } from './database.ts';
import { readScopeUses, recordUses } from './key-uses.ts';
import { schemaVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openError, refuseOtherSchema, refuseOtherUrls } from './open-error.ts';
import { beginOperator } from './operator-transaction.ts';
import { beginOrganization } from './organization-transaction.ts';
import { listOrganizations } from './organizations.ts';
import { insertRequestLogs, listRequestLogs, pruneRequestLogs } from './request-logs.ts';
import { findResourceServer, listResourceServers } from './resource-servers.ts';
import { pruneSealedReplies } from './sealed-replies.ts';
import { addUsage, summarizeUsage } from './usage.ts';

export interface PostgresStoreOptions {
  /** `postgres://role:password@host:port/database`, with `sslmode` and its like as libpq has them. */
  readonly url: string;
  /** How many connections this process opens at most. */
  readonly poolSize?: number;
  /** By which the windows of limits begin and end. By default the database's, which all instances share. */
  readonly clock?: Clock;
}

export const DEFAULT_POOL_SIZE = 10;

/** How long the database may take to show that it is well. Longer than the wait for a connection, whose end says more. */
const HEALTH_WAIT_MS = 3_000;

/** What is written of requests after their answers may be lost in a crash of the database: less than a second's worth. */
const WITHOUT_WAITING_FOR_THE_DISK = 'SET LOCAL synchronous_commit = off';

/**
 * Opens the store in a PostgreSQL database that `migratePostgres` has prepared. Any number of processes may have it open.
 *
 * @throws {StoreOpenError} when the database cannot be used, or its schema is older or newer than this program's
 */
export async function openPostgresStore({
  url,
  poolSize = DEFAULT_POOL_SIZE,
  clock,
}: PostgresStoreOptions): Promise<Store> {
  refuseOtherUrls(url);
  const database = new Database({ url, poolSize });
  try {
    refuseOtherSchema(url, await schemaVersion(database), MIGRATIONS.length);
    const store = new PostgresStore(database, clock ?? null);
    await store.checkHealth();
    return store;
  } catch (error) {
    await database.close();
    throw openError(url, error);
  }
}

/** A store in a PostgreSQL database. */
class PostgresStore implements Store {
  readonly countedLookUps: PostgresCountedLookUps;
  readonly #database: Database;
  #healthCheck: Promise<void> | null = null;

  readonly resourceServers: ResourceServerStore = {
    find: async (digest) => findResourceServer(this.#database, digest),
    list: async () => listResourceServers(this.#database),
  };
  readonly scopeUses: ScopeUseStore = { read: async (apiKey) => readScopeUses(this.#database, apiKey) };
  readonly audit: AuditStore = {
    list: async (...given) => listAuditEvents(this.#database, ...given),
    readPortion: async (...given) => readChainPortion(this.#database, ...given),
    listChains: async (...given) => listChains(this.#database, ...given),
  };
  readonly sealedReplies: SealedReplyStore = {
    prune: async (now, limit) =>
      this.#database.transaction((transaction) => pruneSealedReplies(transaction, now, limit)),
  };
  readonly requestLogs: RequestLogStore = {
    append: async (rows, counts) => this.#appendRequestLogs(rows, counts),
    list: async (...given) => listRequestLogs(this.#database, ...given),
    prune: async (before, limit) => pruneRequestLogs(this.#database, before, limit),
  };
  readonly usage: UsageStore = { summarize: async (...given) => summarizeUsage(this.#database, ...given) };

  /** Takes the database over: `close` closes it. */
  constructor(database: Database, clock: Clock | null) {
    this.#database = database;
    this.countedLookUps = new PostgresCountedLookUps(database, clock);
  }

  poolStatus(): PoolStatus {
    return this.#database.status;
  }

  async findCredential(digest: Uint8Array): Promise<Credential | null> {
    return findCredential(this.#database, digest);
  }

  async getApiKey(organizationId: string, id: string): Promise<ApiKey | null> {
    return findApiKey(this.#database, organizationId, id);
  }

  async listApiKeys(organizationId: string, filter: ApiKeyFilter, page: Page): Promise<ListPage<ApiKey>> {
    return listApiKeys(this.#database, organizationId, filter, page);
  }

  async countApiKeys(organizationId: string, filter: ApiKeyFilter): Promise<number> {
    return countApiKeys(this.#database, organizationId, filter);
  }

  async listOrganizations(): Promise<Organization[]> {
    return listOrganizations(this.#database);
  }

  async change<T>(organizationId: string, work: (transaction: OrganizationTransaction) => Promise<T>): Promise<T> {
    return this.#database.transactionInTurn(organizationId, async (transaction) =>
      work(await beginOrganization(transaction, organizationId)),
    );
  }

  async changeAsOperator<T>(work: (transaction: OperatorTransaction) => Promise<T>): Promise<T> {
    return this.#database.transactionInTurn(OPERATOR_CHAIN, async (transaction) =>
      work(await beginOperator(transaction)),
    );
  }

  async recordUses(uses: ReadonlyMap<string, ApiKeyUse>): Promise<void> {
    if (uses.size === 0) return;
    await this.#database.transaction(async (transaction) => {
      await transaction.query(WITHOUT_WAITING_FOR_THE_DISK);
      await recordUses(transaction, uses);
    });
  }

  /** Whether the database lets this process write: not one that is down, read-only, a standby, silent or without a free connection. */
  async checkHealth(): Promise<void> {
    // Those who ask while one is under way share it, so that a silent database does not take a connection for each.
    this.#healthCheck ??= this.#tryToWrite();
    await withinHealthWait(this.#healthCheck);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #tryToWrite(): Promise<void> {
    try {
      await this.#database.transaction((transaction) =>
        transaction.query('UPDATE operator_audit SET audit_length = audit_length WHERE false'),
      );
    } finally {
      this.#healthCheck = null;
    }
  }

  async #appendRequestLogs(rows: readonly RequestLog[], counts: readonly UsageCount[]): Promise<void> {
    if (rows.length === 0 && counts.length === 0) return;
    await this.#database.transaction(async (transaction) => {
      await transaction.query(WITHOUT_WAITING_FOR_THE_DISK);
      if (rows.length > 0) await insertRequestLogs(transaction, rows);
      if (counts.length > 0) await addUsage(transaction, counts);
    });
  }
}

/** @throws {StoreUnavailableError} when the check takes too long: who asks for readiness decides by it where requests go */
async function withinHealthWait(check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StoreUnavailableError(`The database did not answer within ${HEALTH_WAIT_MS / 1_000} seconds.`));
    }, HEALTH_WAIT_MS);
  });
  try {
    await Promise.race([check, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
