import type { Statement } from 'better-sqlite3';
import type { AuditEvent } from '../../audit/audit-event.ts';
import { type ChainedRow, type ChainHead, chainRow } from '../../audit/chain.ts';
import type { Connection } from './connection.ts';

interface HeadRow {
  readonly audit_length: number;
  readonly audit_head: Uint8Array;
}

/** Reads audit chains. */
export class AuditChainQueries {
  readonly #read: Statement<[{ chain: string }], ChainedRow>;

  constructor(connection: Connection) {
    this.#read = connection.prepare(
      'SELECT sequence, bytes, hash FROM audit_events WHERE chain = :chain ORDER BY sequence',
    );
  }

  read(chain: string): ChainedRow[] {
    return this.#read.all({ chain });
  }
}

/** Adds rows to audit chains and moves their heads. */
export class AuditChainChanges {
  readonly #insert: Statement<[ChainedRow & { chain: string }]>;
  readonly #organizationHead: Statement<[{ id: string }], HeadRow>;
  readonly #moveOrganizationHead: Statement<[HeadRow & { id: string }]>;
  readonly #operatorHead: Statement<[], HeadRow>;
  readonly #moveOperatorHead: Statement<[HeadRow]>;

  constructor(connection: Connection) {
    this.#insert = connection.prepare(
      'INSERT INTO audit_events (chain, sequence, bytes, hash) VALUES (:chain, :sequence, :bytes, :hash)',
    );
    this.#organizationHead = connection.prepare('SELECT audit_length, audit_head FROM organizations WHERE id = :id');
    this.#moveOrganizationHead = connection.prepare(
      'UPDATE organizations SET audit_length = :audit_length, audit_head = :audit_head WHERE id = :id',
    );
    this.#operatorHead = connection.prepare('SELECT audit_length, audit_head FROM operator_audit');
    this.#moveOperatorHead = connection.prepare(
      'UPDATE operator_audit SET audit_length = :audit_length, audit_head = :audit_head',
    );
  }

  appendToOrganization(id: string, event: AuditEvent): void {
    const head = this.#append(id, toChainHead(this.#organizationHead.get({ id })), event);
    this.#moveOrganizationHead.run({ id, ...head });
  }

  appendToOperators(event: AuditEvent): void {
    this.#moveOperatorHead.run(this.#append('operator', toChainHead(this.#operatorHead.get()), event));
  }

  #append(chain: string, head: ChainHead, event: AuditEvent): HeadRow {
    const row = chainRow(chain, head, event);
    this.#insert.run({ chain, sequence: row.sequence, bytes: row.bytes, hash: row.hash });
    return { audit_length: row.sequence, audit_head: row.hash };
  }
}

function toChainHead(row: HeadRow | undefined): ChainHead {
  // Neither an organization nor the operators' row is ever deleted.
  if (row === undefined) throw new Error('The audit chain has no head.');
  return { length: row.audit_length, hash: row.audit_head };
}
