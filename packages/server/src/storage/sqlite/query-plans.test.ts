import { expect, test } from 'vitest';
import type { AuditFilter } from '../audit-store.ts';
import type { ApiKeyFilter } from '../store.ts';
import { someEvent } from '../conformance/samples.ts';
import type { Connection } from './connection.ts';
import { createDatabaseFile } from './database-file.ts';
import { openConnections } from './open-connections.ts';
import { OpenedStore } from './opened-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

const STATUSES = ['not_revoked', 'active', 'expired', 'revoked'] as const;
const FILTERS: ApiKeyFilter[] = STATUSES.flatMap((status) => [
  { status, now: 0 },
  { status, now: 0, createdBy: 'key_1' },
  { status, now: 0, nameContains: 'a' },
  { status, now: 0, createdBy: 'key_1', nameContains: 'a' },
]);

test.each(FILTERS)(
  'a page of %o is read off an index in its order, so that its depth costs nothing',
  async (filter) => {
    const plans = await plansOf((store) => store.listApiKeys('orgn_1', filter, { limit: 20, before: 1000 }));
    const [plan] = [...plans]
      .filter(([sql]) => sql.includes('FROM api_keys') && sql.includes('LIMIT :limit'))
      .map(([, steps]) => steps);
    expect(plan).toEqual([
      expect.stringMatching(/^SEARCH organizations USING COVERING INDEX /),
      expect.stringMatching(/^SEARCH api_keys USING INDEX \w+ \(organization=\? .*AND rowid<\?\)$/),
    ]);
  },
);

const AUDIT_FILTERS: { filter: AuditFilter; index: string }[] = [
  { filter: {}, index: 'sqlite_autoindex_audit_events_1 (chain=? AND ' },
  { filter: { action: 'api_key.revoked' }, index: 'audit_events_action (chain=? AND action=? AND ' },
  { filter: { actorId: 'key_1' }, index: 'audit_events_actor (chain=? AND actor_id=? AND ' },
  { filter: { targetId: 'key_1' }, index: 'audit_events_target (chain=? AND target_id=? AND ' },
  {
    filter: { targetId: 'key_1', actorId: 'key_1', action: 'api_key.revoked' },
    index: 'audit_events_target (chain=? AND target_id=? AND ',
  },
];

test.each(
  AUDIT_FILTERS.flatMap(({ filter, index }) =>
    [filter, { ...filter, from: 0, until: 9 }].map((each) => ({ filter: each, index })),
  ),
)(
  'a page of audit events of $filter is read off an index in its order, so that neither depth nor age costs anything',
  async ({ filter, index }) => {
    const plans = await plansOf(async (store) => {
      await store.changeAsOperator((transaction) => transaction.appendAudit(someEvent({ occurredAt: 0 })));
      await store.audit.list('operator', filter, { limit: 20, before: 1000 });
    });
    const [plan] = [...plans].filter(([sql]) => sql.includes('ORDER BY sequence DESC')).map(([, steps]) => steps);
    expect(plan).toEqual([`SEARCH audit_events USING INDEX ${index}sequence>? AND sequence<?)`]);
    expect([...plans.values()].flat()).toContain('SEARCH audit_days USING PRIMARY KEY (chain=? AND day>? AND day<?)');
  },
);

test('no statement looks through a whole table or sorts, so that nobody pays for the keys of others', async () => {
  const plans = await plansOf(async (store) => {
    for (const filter of FILTERS) await store.countApiKeys('orgn_1', filter);
  });
  const cheap = /^(SEARCH |LIST SUBQUERY |SCALAR SUBQUERY )/; // the steps within a subquery are listed by themselves
  const costly = [...plans].flatMap(([, steps]) => steps).filter((step) => !cheap.test(step));
  // Organizations and resource servers are few and listed whole; the operators' chain has one head.
  expect(new Set(costly)).toEqual(new Set(['SCAN organizations', 'SCAN resource_servers', 'SCAN operator_audit']));
});

test('another manager is looked for among managers alone, and a count of keys looks at no row', async () => {
  const plans = await plansOf((store) => store.countApiKeys('orgn_1', { status: 'not_revoked', now: 0 }));
  const steps = [...plans.values()].flat();
  expect(steps).toContain('SEARCH api_keys USING INDEX api_keys_managers (organization=?)');
  expect(steps).toContain(
    'SEARCH api_keys USING COVERING INDEX api_keys_not_revoked (organization=? AND revoked_at=?)',
  );
});

/** How SQLite goes about every statement that a store prepares, also those for `use`, by the statement's text. */
async function plansOf(use: (store: OpenedStore) => Promise<unknown>): Promise<Map<string, string[]>> {
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
