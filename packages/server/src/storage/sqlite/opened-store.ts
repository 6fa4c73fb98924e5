import type { ApiKey, EpochSeconds, Organization } from '../../keys/api-key.ts';
import type { AuditStore } from '../audit-store.ts';
import type { ResourceServerStore } from '../resource-server-store.ts';
import type { ScopeUseStore } from '../scope-use-store.ts';
import type { SealedReplyStore } from '../sealed-reply-store.ts';
import type { RequestLog } from '../../request-logs/request-log.ts';
import type { UsageCount } from '../../usage/usage-count.ts';
import type { RequestLogStore } from '../request-log-store.ts';
import type { UsageStore } from '../usage-store.ts';
import {
  type ApiKeyFilter,
  type ApiKeyUse,
  type Credential,
  type OperatorTransaction,
  type OrganizationTransaction,
  type ListPage,
  type Page,
  type Store,
  StoreUnavailableError,
} from '../store.ts';
import { ApiKeyList } from './api-key-list.ts';
import { ApiKeyQueries } from './api-key-queries.ts';
import { AuditChainQueries } from './audit-chains.ts';
import { AuditList } from './audit-list.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './open-connections.ts';
import { SqliteOperatorTransaction } from './operator-transaction.ts';
import { SqliteOrganizationTransaction } from './organization-transaction.ts';
import { OrganizationQueries } from './organizations.ts';
import { ResourceServerQueries } from './resource-servers.ts';
import { LongReads } from './long-reads.ts';
import { RequestLogQueries } from './request-logs.ts';
import { retryWhileBusy } from './retry-while-busy.ts';
import { ScopeUseQueries } from './scope-uses.ts';
import { toStoreError } from './sqlite-errors.ts';
import type { SqliteStoreOptions } from './sqlite-store.ts';
import { UsageQueries } from './usage.ts';
import { LOCK_WAIT_MS, Writer } from './writer.ts';
import { WriterStatements } from './writer-statements.ts';

const NOBODYS_DIGEST = new Uint8Array(32);

/**
 * A store in one SQLite file. Reads have a connection of their own, which sees only what is committed. They are run to
 * their end at once (`get` and `all`, never `iterate`): an open one would keep the WAL from being folded into the
 * database, and it would grow.
 */
export class OpenedStore implements Store {
  readonly audit: AuditStore;
  readonly resourceServers: ResourceServerStore;
  readonly requestLogs: RequestLogStore;
  readonly usage: UsageStore;
  readonly scopeUses: ScopeUseStore;
  readonly #reader: Connection;
  readonly #organizations: OrganizationQueries;
  readonly #apiKeys: ApiKeyQueries;
  readonly #apiKeyList: ApiKeyList;
  readonly #longReads = new LongReads((query) => this.#read(query));
  readonly #writer: Writer;
  readonly #writerStatements: WriterStatements;
  #closed: Promise<void> | null = null;

  readonly sealedReplies: SealedReplyStore = {
    prune: async (now, limit) => {
      this.#refuseWhenClosed();
      return this.#writer.transaction((scope) =>
        scope.discard(() => this.#writerStatements.sealedReplies.prune(now, limit)),
      );
    },
  };

  /** Takes the connections over: `close` closes them. */
  constructor({ writer, reader }: Connections, { onFailedSync }: Pick<SqliteStoreOptions, 'onFailedSync'> = {}) {
    this.#reader = reader;
    this.#organizations = new OrganizationQueries(reader);
    this.#apiKeys = new ApiKeyQueries(reader);
    this.#apiKeyList = new ApiKeyList(reader);
    const resourceServers = new ResourceServerQueries(reader);
    this.resourceServers = {
      find: (digest) => this.#read(() => resourceServers.find(digest)),
      list: () => this.#read(() => resourceServers.list()),
    };
    const scopeUses = new ScopeUseQueries(reader);
    this.scopeUses = { read: (apiKey) => this.#read(() => scopeUses.read(apiKey)) };
    const auditList = new AuditList(reader);
    const auditChains = new AuditChainQueries(reader);
    this.audit = {
      list: (...given) => this.#read(() => auditList.list(...given)),
      readPortion: (...given) => this.#read(() => auditChains.readPortion(...given)),
      listChains: (...given) => this.#read(() => auditChains.list(...given)),
    };
    const requestLogs = new RequestLogQueries(reader);
    this.requestLogs = {
      append: (rows, counts) => this.#appendRequestLogs(rows, counts),
      list: (...query) => this.#read(() => requestLogs.list(...query)),
      prune: (before, limit) => this.#pruneRequestLogs(before, limit),
    };
    const usage = new UsageQueries(reader);
    this.usage = {
      summarize: (organizationId, ...query) =>
        this.#longReads.run(organizationId, (portion) => usage.summarize(organizationId, ...query, portion)),
    };
    this.#writer = new Writer(writer, onFailedSync);
    this.#writerStatements = new WriterStatements(writer);
  }

  findCredential(digest: Uint8Array): Promise<Credential | null> {
    return this.#read(() => this.#apiKeys.findCredential(digest));
  }

  getApiKey(organizationId: string, id: string): Promise<ApiKey | null> {
    return this.#read(() => this.#apiKeys.find(organizationId, id));
  }

  listApiKeys(organizationId: string, filter: ApiKeyFilter, page: Page): Promise<ListPage<ApiKey>> {
    return this.#read(() => this.#apiKeyList.list(organizationId, filter, page));
  }

  countApiKeys(organizationId: string, filter: ApiKeyFilter): Promise<number> {
    return this.#longReads.run(organizationId, (portion) => this.#apiKeyList.count(organizationId, filter, portion));
  }

  listOrganizations(): Promise<Organization[]> {
    return this.#read(() => this.#organizations.list());
  }

  async change<T>(organizationId: string, work: (transaction: OrganizationTransaction) => Promise<T>): Promise<T> {
    this.#refuseWhenClosed();
    return this.#writer.transaction((scope) =>
      work(new SqliteOrganizationTransaction(scope, this.#writerStatements, organizationId)),
    );
  }

  async changeAsOperator<T>(work: (transaction: OperatorTransaction) => Promise<T>): Promise<T> {
    this.#refuseWhenClosed();
    return this.#writer.transaction((scope) => work(new SqliteOperatorTransaction(scope, this.#writerStatements)));
  }

  async recordUses(uses: ReadonlyMap<string, ApiKeyUse>): Promise<void> {
    this.#refuseWhenClosed();
    if (uses.size === 0) return;
    const { apiKeyChanges, scopeUseChanges } = this.#writerStatements;
    await this.#writer.transaction((scope) => {
      for (const [id, { at, neededScopes }] of uses) {
        scope.run(() => apiKeyChanges.recordUse(id, at));
        for (const [needed, neededAt] of neededScopes) scope.run(() => scopeUseChanges.record(id, needed, neededAt));
      }
    });
  }

  async #appendRequestLogs(rows: readonly RequestLog[], usage: readonly UsageCount[]): Promise<void> {
    this.#refuseWhenClosed();
    if (rows.length === 0 && usage.length === 0) return;
    const { requestLogChanges, usageChanges } = this.#writerStatements;
    await this.#writer.transaction((scope) => {
      for (const row of rows) scope.run(() => requestLogChanges.insert(row));
      for (const count of usage) scope.run(() => usageChanges.add(count));
    });
  }

  async #pruneRequestLogs(before: EpochSeconds, limit: number): Promise<number> {
    this.#refuseWhenClosed();
    return this.#writer.transaction((scope) =>
      scope.run(() => this.#writerStatements.requestLogChanges.prune(before, limit)),
    );
  }

  waitingWrites(): number {
    return this.#writer.waiting;
  }

  async checkHealth(): Promise<void> {
    await this.findCredential(NOBODYS_DIGEST);
    await this.#writer.probe();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // The writer goes last, because the last to close folds the WAL into the database, which a reader cannot.
    this.#reader.close();
    await this.#writer.close();
  }

  async #read<T>(query: () => T): Promise<T> {
    const attempt = () => {
      this.#refuseWhenClosed();
      return query();
    };
    try {
      return await retryWhileBusy(attempt, performance.now() + LOCK_WAIT_MS);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closed !== null) throw new StoreUnavailableError('The store is closed.');
  }
}
