import { type Client, escapeLiteral } from 'pg';
import type { Parameters, Queryable, QueryResult } from '../queryable.ts';
import { statementOf } from '../statements.ts';

/** PostgreSQL plans a statement for its values, or, once it was run a few times, for any. */
export type Planned = 'force_custom_plan' | 'force_generic_plan';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
}

/** Tells how many rows of tables and indexes `read` makes PostgreSQL look at, in all its statements. */
export async function countRowsRead(
  client: Client,
  planned: Planned,
  read: (database: Queryable) => Promise<unknown>,
): Promise<number> {
  let count = 0;
  await client.query(`SET plan_cache_mode = ${planned}`);
  await read({
    async query<Row>(text: string, values: Parameters = {}): Promise<QueryResult<Row>> {
      const statement = statementOf(text);
      const given = statement.parameters.map((name) => toLiteral(values[name]));
      await client.query(`PREPARE looked_at AS ${statement.text}`);
      const execute = `EXECUTE looked_at ${given.length === 0 ? '' : `(${given.join(', ')})`}`;
      const explained = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON, TIMING off) ${execute}`,
      );
      count += rowsReadBy(explained.rows[0]!['QUERY PLAN'][0].Plan);
      const { rows, rowCount } = await client.query(execute);
      await client.query('DEALLOCATE looked_at');
      // The cast holds as that of the real one does.
      return { rows: rows as Row[], count: rowCount ?? 0 };
    },
  });
  return count;
}

function rowsReadBy(plan: Plan): number {
  const below = (plan.Plans ?? []).map(rowsReadBy).reduce((sum, rows) => sum + rows, 0);
  // What a Bitmap Index Scan finds is read by the Bitmap Heap Scan above it. Results of common table expressions are no tables.
  if (!plan['Node Type'].includes('Scan') || /CTE|Subquery|Function|Bitmap Index/.test(plan['Node Type'])) return below;
  const each =
    plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0);
  return below + each * plan['Actual Loops'];
}

function toLiteral(value: unknown): string {
  if (value === undefined || value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'`;
  return escapeLiteral(value as string);
}
