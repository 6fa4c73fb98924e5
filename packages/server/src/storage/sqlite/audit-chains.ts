import type { Statement } from 'better-sqlite3';
import type { AuditEvent } from '../../audit/audit-event.ts';
import { type ChainedRow, type ChainHead, chainRow, OPERATOR_CHAIN } from '../../audit/chain.ts';
import type { ChainPortion, ChainSummary, Portion } from '../audit-store.ts';
import type { Connection } from './connection.ts';

interface HeadRow {
  readonly audit_length: number;
  readonly audit_head: Uint8Array;
}

/** A minimum, which is null when there is nothing to take it of. */
interface NextRow {
  readonly chain: string | null;
}

/** Finds the heads of audit chains. */
class AuditChainHeads {
  readonly #ofOrganization: Statement<[{ id: string }], HeadRow>;
  readonly #ofOperators: Statement<[], HeadRow>;

  constructor(connection: Connection) {
    this.#ofOrganization = connection.prepare('SELECT audit_length, audit_head FROM organizations WHERE id = :id');
    this.#ofOperators = connection.prepare('SELECT audit_length, audit_head FROM operator_audit');
  }

  find(chain: string): ChainHead | null {
    const row = chain === OPERATOR_CHAIN ? this.#ofOperators.get() : this.#ofOrganization.get({ id: chain });
    return row === undefined ? null : { length: row.audit_length, hash: row.audit_head };
  }
}

/** Reads audit chains as they are stored, a portion at a time. */
export class AuditChainQueries {
  readonly #heads: AuditChainHeads;
  readonly #read: Statement<[{ chain: string; after: number; limit: number }], ChainedRow>;
  readonly #nextOrganization: Statement<[{ after: string }], NextRow>;
  readonly #nextWithRows: Statement<[{ after: string }], NextRow>;
  readonly #readTogether: (chain: string, portion: Portion<number>) => ChainPortion;

  constructor(connection: Connection) {
    this.#heads = new AuditChainHeads(connection);
    this.#read = connection.prepare(`
      SELECT sequence, bytes, hash FROM audit_events WHERE chain = :chain AND sequence > :after
      ORDER BY sequence LIMIT :limit`);
    this.#nextOrganization = connection.prepare('SELECT min(id) AS chain FROM organizations WHERE id > :after');
    this.#nextWithRows = connection.prepare('SELECT min(chain) AS chain FROM audit_events WHERE chain > :after');
    // Within one transaction both see the same moment, whoever adds rows meanwhile.
    this.#readTogether = connection.transaction((chain, { after = Number.MIN_SAFE_INTEGER, limit }) => ({
      rows: this.#read.all({ chain, after, limit }),
      head: this.#heads.find(chain),
    }));
  }

  readPortion(chain: string, portion: Portion<number>): ChainPortion {
    return this.#readTogether(chain, portion);
  }

  list({ after = '', limit }: Portion<string>): ChainSummary[] {
    const chains: ChainSummary[] = [];
    for (let chain = this.#next(after); chain !== undefined && chains.length < limit; chain = this.#next(chain)) {
      chains.push({ chain, head: this.#heads.find(chain) });
    }
    return chains;
  }

  #next(after: string): string | undefined {
    const rows = [this.#nextOrganization.get({ after }), this.#nextWithRows.get({ after }), { chain: OPERATOR_CHAIN }];
    // SQLite orders by bytes and JavaScript by UTF-16 units, which is the same for names in ASCII.
    const names = rows.flatMap((row) => row?.chain ?? []).filter((chain) => chain > after);
    return names.toSorted()[0];
  }
}

/** Adds rows to audit chains and moves their heads. */
export class AuditChainChanges {
  readonly #heads: AuditChainHeads;
  readonly #insert: Statement<[ChainedRow & { chain: string }]>;
  readonly #moveOrganizationHead: Statement<[HeadRow & { id: string }]>;
  readonly #moveOperatorHead: Statement<[HeadRow]>;

  constructor(connection: Connection) {
    this.#heads = new AuditChainHeads(connection);
    this.#insert = connection.prepare(
      'INSERT INTO audit_events (chain, sequence, bytes, hash) VALUES (:chain, :sequence, :bytes, :hash)',
    );
    this.#moveOrganizationHead = connection.prepare(
      'UPDATE organizations SET audit_length = :audit_length, audit_head = :audit_head WHERE id = :id',
    );
    this.#moveOperatorHead = connection.prepare(
      'UPDATE operator_audit SET audit_length = :audit_length, audit_head = :audit_head',
    );
  }

  appendToOrganization(id: string, event: AuditEvent): void {
    this.#moveOrganizationHead.run({ id, ...this.#append(id, event) });
  }

  appendToOperators(event: AuditEvent): void {
    this.#moveOperatorHead.run(this.#append(OPERATOR_CHAIN, event));
  }

  #append(chain: string, event: AuditEvent): HeadRow {
    const head = this.#heads.find(chain);
    // Neither an organization nor the operators' row is ever deleted.
    if (head === null) throw new Error('The audit chain has no head.');
    const row = chainRow(chain, head, event);
    this.#insert.run({ chain, sequence: row.sequence, bytes: row.bytes, hash: row.hash });
    return { audit_length: row.sequence, audit_head: row.hash };
  }
}
