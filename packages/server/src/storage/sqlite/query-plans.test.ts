import { expect, test } from 'vitest';
import type { AuditFilter } from '../audit-store.ts';
import type { ApiKeyFilter } from '../store.ts';
import { someEvent } from '../conformance/samples.ts';
import { plansOf } from './testing/plans-of.ts';

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
      .filter(([sql]) => sql.includes('JOIN api_keys') && sql.includes('LIMIT :limit'))
      .map(([, steps]) => steps);
    expect(plan).toEqual([
      'CO-ROUTINE candidates',
      expect.stringMatching(/^SEARCH organizations USING COVERING INDEX /),
      expect.stringMatching(/^SEARCH api_keys USING (COVERING )?INDEX \w+ \(organization=\? .*AND rowid<\?\)$/),
      'SCAN candidates',
      'SEARCH api_keys USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH organizations USING INTEGER PRIMARY KEY (rowid=?)',
    ]);
  },
);

/**
 * `others` are the indexes in which a row that the first has found is looked up. SQLite calls no index of a generated column covering,
 * and yet seeks the row only once something is read that the index does not have.
 */
const AUDIT_FILTERS: { filter: AuditFilter; index: string; others?: string[] }[] = [
  { filter: {}, index: 'sqlite_autoindex_audit_events_1 (chain=? AND ' },
  { filter: { action: 'api_key.revoked' }, index: 'audit_events_action (chain=? AND action=? AND ' },
  { filter: { actorId: 'key_1' }, index: 'audit_events_actor (chain=? AND actor_id=? AND ' },
  { filter: { targetId: 'key_1' }, index: 'audit_events_target (chain=? AND target_id=? AND ' },
  {
    filter: { targetId: 'key_1', actorId: 'key_1', action: 'api_key.revoked' },
    index: 'audit_events_target (chain=? AND target_id=? AND ',
    others: [
      'SEARCH by_actor_id USING INDEX audit_events_actor (chain=? AND actor_id=? AND sequence=?)',
      'SEARCH by_action USING INDEX audit_events_action (chain=? AND action=? AND sequence=?)',
    ],
  },
];

test.each(
  AUDIT_FILTERS.flatMap(({ filter, index, others = [] }) =>
    [filter, { ...filter, from: 0, until: 9 }].map((each) => ({ filter: each, index, others })),
  ),
)(
  'a page of audit events of $filter is read off an index in its order, so that neither depth nor age costs anything',
  async ({ filter, index, others }) => {
    const plans = await plansOf(async (store) => {
      await store.changeAsOperator((transaction) => transaction.appendAudit(someEvent({ occurredAt: 0 })));
      await store.audit.list('operator', filter, { limit: 20, before: 1000 });
    });
    const [plan] = [...plans]
      .filter(([sql]) => sql.includes('ORDER BY candidates.sequence DESC'))
      .map(([, steps]) => steps);
    expect(plan).toEqual([
      'CO-ROUTINE candidates',
      expect.stringContaining(`INDEX ${index}sequence>? AND sequence<?)`),
      'SCAN candidates',
      ...others.map((other) => expect.stringContaining(other)),
      'SEARCH audit_events USING INDEX sqlite_autoindex_audit_events_1 (chain=? AND sequence=?)',
    ]);
    expect([...plans.values()].flat()).toContain('SEARCH audit_days USING PRIMARY KEY (chain=? AND day>? AND day<?)');
  },
);

test('no statement looks through a whole table or sorts, so that nobody pays for the keys of others', async () => {
  const plans = await plansOf(async (store) => {
    for (const filter of FILTERS) await store.countApiKeys('orgn_1', filter);
  });
  const costly = [...plans]
    .filter(([sql]) => !sql.includes('usage_counts'))
    .flatMap(([, steps]) => steps.filter(isCostly));
  // Organizations and resource servers are few and listed whole; the operators' chain has one head.
  expect(new Set(costly)).toEqual(new Set(['SCAN organizations', 'SCAN resource_servers', 'SCAN operator_audit']));
});

test('another manager is looked for among managers alone, and a count of keys looks at no row', async () => {
  const plans = await plansOf((store) => store.countApiKeys('orgn_1', { status: 'not_revoked', now: 0 }));
  const steps = [...plans.values()].flat();
  expect(steps).toContain('SEARCH api_keys USING INDEX api_keys_managers (organization=?)');
  expect(steps).toContain(
    'SEARCH api_keys USING COVERING INDEX api_keys_not_revoked (organization=? AND revoked_at=? AND rowid<?)',
  );
});

/** Reads a whole table or sorts. What a subquery has found is scanned at no more cost than finding it. */
function isCostly(step: string): boolean {
  return /^SCAN (?!candidates$)|TEMP B-TREE/.test(step);
}
