import type { ChainedRow, ChainHead } from '../audit/chain.ts';
import type { EpochSeconds } from '../keys/api-key.ts';
import type { ListPage, Page } from './store.ts';

/**
 * Reads audit chains. A chain is named by its organization's id, or `operator`; one that is unknown has no rows. Rows are written with
 * the change that they record, by `appendAudit` of its transaction.
 */
export interface AuditStore {
  /** Rows of a chain that match, from its end back. The cost of a page does not grow with the age of what is sought either. */
  list(chain: string, filter: AuditFilter, page: Page): Promise<ListPage<ChainedRow>>;

  /** Rows of a chain as they are stored, from its beginning on, and the chain's head at the same moment. */
  readPortion(chain: string, portion: Portion<number>): Promise<ChainPortion>;

  /** Every chain that has a head or a row, in an order of its own. */
  listChains(portion: Portion<string>): Promise<ChainSummary[]>;
}

/** What is left out matches everything. */
export interface AuditFilter {
  readonly action?: string;
  readonly actorId?: string;
  readonly targetId?: string;
  /** Events from this second on, and before that one. */
  readonly from?: EpochSeconds;
  readonly until?: EpochSeconds;
}

/** The next of something that is read from its beginning to its end. */
export interface Portion<Position> {
  /** Where the portion before ended. Left out, this is the first. */
  readonly after?: Position;
  readonly limit: number;
}

export interface ChainPortion {
  readonly rows: readonly ChainedRow[];
  /** Null when there is no such organization. */
  readonly head: ChainHead | null;
}

export interface ChainSummary {
  readonly chain: string;
  /** Null for rows whose organization is gone. No change of the store's own leaves that behind. */
  readonly head: ChainHead | null;
}
