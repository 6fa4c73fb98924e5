import type { Connection } from '../connection.ts';
import { createDatabaseFile } from '../database-file.ts';
import { openConnections } from '../open-connections.ts';
import { OpenedStore } from '../opened-store.ts';
import { temporaryFile } from './temporary-folder.ts';

/** How SQLite goes about every statement that a store prepares, also those for `use`, by the statement's text. */
export async function plansOf(use: (store: OpenedStore) => Promise<unknown>): Promise<Map<string, string[]>> {
  const file = temporaryFile();
  await createDatabaseFile(file);
  const connections = await openConnections(file);
  const plans = new Map<string, string[]>();
  for (const connection of Object.values(connections)) explainPrepared(connection, plans);
  const store = new OpenedStore(connections);
  await use(store);
  await store.close();
  return plans;
}

function explainPrepared(connection: Connection, plans: Map<string, string[]>): void {
  const prepare = connection.prepare.bind(connection);
  connection.prepare = ((sql: string) => {
    const parameters = Object.fromEntries([...sql.matchAll(/:(\w+)/g)].map(([, name]) => [name, null]));
    const rows = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(parameters) as { detail: string }[];
    plans.set(
      sql,
      rows.map(({ detail }) => detail),
    );
    return prepare(sql);
  }) as typeof connection.prepare;
}
