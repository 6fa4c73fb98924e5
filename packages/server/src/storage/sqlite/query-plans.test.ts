import { describe, expect, test } from 'vitest';
import type { ApiKeyFilter } from '../store.ts';
import { createDatabaseFile } from './database-file.ts';
import { closeConnections, openConnections } from './open-connections.ts';
import { temporaryFile } from './testing/temporary-folder.ts';
import { ApiKeyList } from './api-key-list.ts';

const statuses: ApiKeyFilter['status'][] = ['not_revoked', 'active', 'expired', 'revoked'];
const filters: ApiKeyFilter[] = statuses.flatMap((status) => [
  { status, now: 0 },
  { status, now: 0, createdBy: 'key_1' },
  { status, now: 0, nameContains: 'a' },
]);

describe('a page is read off an index, so that its cost grows neither with its depth nor with other tenants', () => {
  test.each(filters)('%o', async (filter) => {
    const file = temporaryFile();
    await createDatabaseFile(file);
    const connections = await openConnections(file);
    const statements: string[] = [];
    const { prepare } = connections.reader;
    connections.reader.prepare = ((sql: string) => {
      statements.push(sql);
      return prepare.call(connections.reader, sql);
    }) as typeof prepare;

    new ApiKeyList(connections.reader).list('orgn_1', filter, { limit: 20, before: 1000 });
    expect(statements.length).toBeGreaterThan(0);
    const plans = statements.flatMap((sql) => {
      const parameters = Object.fromEntries([...sql.matchAll(/:(\w+)/g)].map(([, name]) => [name, 0]));
      const rows = prepare.call(connections.reader, `EXPLAIN QUERY PLAN ${sql}`).all(parameters);
      return (rows as { detail: string }[]).map(({ detail }) => detail);
    });
    closeConnections(connections);
    expect(plans).toEqual([
      expect.stringMatching(/^SEARCH organizations USING COVERING INDEX /),
      expect.stringMatching(/^SEARCH api_keys USING INDEX \w+ \(organization=\? .*AND rowid<\?\)$/),
    ]);
  });
});
