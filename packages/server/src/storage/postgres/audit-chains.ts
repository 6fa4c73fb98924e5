import type { AuditEvent } from '../../audit/audit-event.ts';
import { type ChainedRow, type ChainHead, chainRow, OPERATOR_CHAIN } from '../../audit/chain.ts';
import { dayOf } from '../../keys/day.ts';
import type { ChainPortion, ChainSummary, Portion } from '../audit-store.ts';
import type { Queryable } from './queryable.ts';

interface HeadRow {
  readonly audit_length: number;
  readonly audit_head: Uint8Array;
}

/** A row of the left table alone has none of the right. */
interface ChainRow extends ChainedRow {
  readonly audit_length: number | null;
  readonly audit_head: Uint8Array | null;
  readonly is_row: boolean | null;
}

const HEADS = `(
  SELECT id AS chain, audit_length, audit_head FROM organizations
  UNION ALL SELECT '${OPERATOR_CHAIN}', audit_length, audit_head FROM operator_audit)`;

/** One statement, so that rows and head are of the same moment. */
export async function readChainPortion(
  database: Queryable,
  chain: string,
  { after = Number.MIN_SAFE_INTEGER, limit }: Portion<number>,
): Promise<ChainPortion> {
  const { rows } = await database.query<ChainRow>(
    `SELECT head.audit_length, head.audit_head, portion.*
     FROM (SELECT 1) AS one
       LEFT JOIN ${HEADS} AS head ON head.chain = :chain
       LEFT JOIN (
         SELECT true AS is_row, sequence, bytes, hash FROM audit_events WHERE chain = :chain AND sequence > :after
         ORDER BY sequence LIMIT :limit
       ) AS portion ON true
     ORDER BY portion.sequence`,
    { chain, after, limit },
  );
  return {
    rows: rows.filter((row) => row.is_row).map(({ sequence, bytes, hash }) => ({ sequence, bytes, hash })),
    head: toHead(rows[0]!),
  };
}

/** Finds the next chain as an index does, so that the cost does not grow with the number of rows. */
export async function listChains(database: Queryable, { after = '', limit }: Portion<string>): Promise<ChainSummary[]> {
  const { rows } = await database.query<ChainRow & { chain: string }>(
    `WITH RECURSIVE chains (chain) AS (
       SELECT ${nextChain(':after::text')}
       UNION ALL SELECT ${nextChain('chains.chain')} FROM chains WHERE chains.chain IS NOT NULL
     )
     SELECT chains.chain, head.audit_length, head.audit_head
     FROM (SELECT chain FROM chains WHERE chain IS NOT NULL LIMIT :limit) AS chains
       LEFT JOIN ${HEADS} AS head ON head.chain = chains.chain
     ORDER BY chains.chain COLLATE "C"`,
    { after, limit },
  );
  return rows.map((row) => ({ chain: row.chain, head: toHead(row) }));
}

/** Adds a row to a chain whose head the transaction has locked, and moves the head. */
export async function appendAudit(transaction: Queryable, chain: string, event: AuditEvent): Promise<void> {
  const [table, condition] =
    chain === OPERATOR_CHAIN ? ['operator_audit', 'true'] : ['organizations', 'organizations.id = :chain'];
  const { rows } = await transaction.query<HeadRow>(
    `SELECT audit_length, audit_head FROM ${table} WHERE ${condition}`,
    { chain },
  );
  // Neither an organization nor the operators' row is ever deleted.
  const head = rows[0] === undefined ? null : toHead(rows[0]);
  if (head === null) throw new Error('The audit chain has no head.');
  const row = chainRow(chain, head, event);
  await transaction.query(
    `WITH filed AS (
       INSERT INTO audit_days (chain, day, first_sequence, last_sequence) VALUES (:chain, :day, :sequence, :sequence)
       ON CONFLICT (chain, day) DO UPDATE SET last_sequence = excluded.last_sequence
     ), moved AS (
       UPDATE ${table} SET audit_length = :sequence, audit_head = :hash WHERE ${condition}
     )
     INSERT INTO audit_events (chain, sequence, bytes, hash, action, actor_id, target_id, occurred_at)
     VALUES (:chain, :sequence, :bytes, :hash, :action, :actor_id, :target_id, :occurred_at)`,
    {
      chain,
      ...row,
      day: dayOf(event.occurredAt),
      action: event.action,
      actor_id: event.actor.type === 'api_key' ? event.actor.id : null,
      target_id: event.target.id,
      occurred_at: event.occurredAt,
    },
  );
}

function nextChain(after: string): string {
  return `(SELECT min(chain) FROM (
    (SELECT id AS chain FROM organizations WHERE id > ${after} ORDER BY id LIMIT 1)
    UNION ALL (SELECT chain FROM audit_events WHERE chain > ${after} ORDER BY chain LIMIT 1)
    UNION ALL SELECT '${OPERATOR_CHAIN}' COLLATE "C" WHERE '${OPERATOR_CHAIN}' > ${after} COLLATE "C") AS following)`;
}

function toHead(row: Pick<ChainRow, 'audit_length' | 'audit_head'>): ChainHead | null {
  return row.audit_length === null || row.audit_head === null
    ? null
    : { length: row.audit_length, hash: row.audit_head };
}
