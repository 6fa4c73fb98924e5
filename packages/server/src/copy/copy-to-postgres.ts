import { Client } from 'pg';
import type { AuditAnchor } from '../audit/anchors.ts';
import { OPERATOR_CHAIN } from '../audit/chain.ts';
import { verifyAudit } from '../operator/verify-audit.ts';
import { lockOut } from '../restore/lock-out.ts';
import type { Connection } from '../storage/sqlite/connection.ts';
import { migrateSqlite } from '../storage/sqlite/sqlite-store.ts';
import { connectionSettings } from '../storage/postgres/database.ts';
import { openError } from '../storage/postgres/open-error.ts';
import { openPostgresStore } from '../storage/postgres/postgres-store.ts';
import { StoreOpenError } from '../storage/store.ts';
import { COPIED_TABLES, type CopiedTable } from './tables.ts';

/** How many rows are sent at a time. */
const PORTION = 500;

export interface CopyOptions {
  /** The SQLite file. No server may have it open. */
  readonly file: string;
  /** A migrated and empty PostgreSQL database, as the role that owns its tables. */
  readonly url: string;
  readonly onProgress?: (what: string) => void;
}

/** How many rows of each table there are, on both sides. */
export type CopiedRows = Readonly<Record<string, number>>;

/**
 * Copies everything in an SQLite file to an empty PostgreSQL database: all of it in one transaction, or nothing. The rows of both sides
 * are counted before it is committed, and every audit chain is verified after it, up to the heads that SQLite has. The file stays as
 * it is.
 *
 * @throws {BackupError} when a server has the file open
 * @throws {StoreOpenError} when a database cannot be used, PostgreSQL holds something already, or the copy does not agree
 */
export async function copyToPostgres({ file, url, onProgress = () => {} }: CopyOptions): Promise<CopiedRows> {
  // Opened as a server would, so that it is known to be right.
  await (await openPostgresStore({ url })).close();
  await migrateSqlite({ file });
  const source = lockOut(file);
  if (source === null) throw new StoreOpenError(`The database ${file} cannot be read: restore it from a backup first.`);
  try {
    const rows = await copyRows(source, url, onProgress);
    await verifyChains(url, headsOf(source), onProgress);
    return rows;
  } finally {
    source.close();
  }
}

async function copyRows(source: Connection, url: string, onProgress: (what: string) => void): Promise<CopiedRows> {
  const client = new Client(connectionSettings(url));
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${COPIED_TABLES.map(({ name }) => name).join(', ')} IN ACCESS EXCLUSIVE MODE`);
    await refuseUnlessEmpty(client);
    await client.query('DELETE FROM operator_audit');
    const copied: Record<string, number> = {};
    for (const table of COPIED_TABLES) copied[table.name] = await copyTable(source, client, table, onProgress);
    await client.query('COMMIT');
    return copied;
  } catch (error) {
    throw openError(url, error);
  } finally {
    // Whatever was not committed is undone.
    await client.end().catch(() => {});
  }
}

async function refuseUnlessEmpty(client: Client): Promise<void> {
  for (const { name } of COPIED_TABLES.filter((table) => table.name !== 'operator_audit')) {
    const { rows } = await client.query(`SELECT 1 FROM ${name} LIMIT 1`);
    if (rows.length === 0) continue;
    throw new StoreOpenError(
      `The PostgreSQL database holds data already (in ${name}). Nothing was copied: give DATABASE_URL one that is migrated and empty.`,
    );
  }
}

async function copyTable(
  source: Connection,
  client: Client,
  table: CopiedTable,
  onProgress: (what: string) => void,
): Promise<number> {
  const { count } = source.prepare(`SELECT count(*) AS count FROM ${table.name}`).get() as { count: number };
  const insert = insertOf(table);
  let sent = 0;
  let portion: object[] = [];
  const send = async () => {
    await client.query(insert, [JSON.stringify(portion)]);
    sent += portion.length;
    portion = [];
    onProgress(`Copied ${sent} of ${count} rows of ${table.name}.`);
  };
  for (const row of source.prepare(table.source).iterate() as IterableIterator<Record<string, unknown>>) {
    portion.push(toJson(table, table.complete?.(row) ?? row));
    if (portion.length === PORTION) await send();
  }
  if (portion.length > 0) await send();
  const { rows } = await client.query<{ count: number }>(`SELECT count(*) AS count FROM ${table.name}`);
  if (rows[0]!.count !== count) {
    throw new StoreOpenError(
      `${rows[0]!.count} of ${count} rows of ${table.name} arrived. Nothing was copied: the log of the server may tell why.`,
    );
  }
  if (table.numbered !== undefined && count > 0) {
    await client.query(
      `SELECT setval(pg_get_serial_sequence('${table.name}', '${table.numbered}'), max(${table.numbered})) FROM ${table.name}`,
    );
  }
  return count;
}

/** One statement for many rows. Bytes travel as hexadecimal text, because JSON has none. */
function insertOf({ name, columns }: CopiedTable): string {
  const entries = Object.entries(columns);
  const values = entries.map(([column, type]) =>
    type === 'bytea' ? `decode(given.${column}, 'hex')` : `given.${column}`,
  );
  const types = entries.map(([column, type]) => `${column} ${type === 'bytea' ? 'text' : type}`);
  return `
    INSERT INTO ${name} (${Object.keys(columns).join(', ')}) OVERRIDING SYSTEM VALUE
    SELECT ${values.join(', ')} FROM json_to_recordset($1) AS given (${types.join(', ')})`;
}

function toJson({ columns }: CopiedTable, row: Record<string, unknown>): object {
  return Object.fromEntries(
    Object.keys(columns).map((column) => {
      const value = row[column];
      return [column, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value];
    }),
  );
}

/** Where SQLite's chains end. */
function headsOf(source: Connection): AuditAnchor[] {
  const heads = source
    .prepare(
      `SELECT id AS chain, audit_length AS sequence, hex(audit_head) AS hash FROM organizations
       UNION ALL SELECT '${OPERATOR_CHAIN}', audit_length, hex(audit_head) FROM operator_audit`,
    )
    .all() as { chain: string; sequence: number; hash: string }[];
  return heads.map(({ hash, ...head }) => ({ ...head, hash: hash.toLowerCase(), exported_at: '' }));
}

async function verifyChains(
  url: string,
  heads: readonly AuditAnchor[],
  onProgress: (what: string) => void,
): Promise<void> {
  const store = await openPostgresStore({ url });
  try {
    const { problems } = await verifyAudit(store, heads, ({ chains, events }) =>
      onProgress(`Verified ${events} audit events of ${chains} chains.`),
    );
    if (problems.length === 0) return;
    throw new StoreOpenError(
      `The data was copied, but ${problems.length} of its audit chains are not right: do not use the copy, and look at ` +
        '`audit verify` on both databases.',
    );
  } finally {
    await store.close();
  }
}
