import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOST_ROWS_LOOKED_AT } from '../rows-looked-at.ts';
import type { ApiKeyFilter } from '../store.ts';
import type { AuditFilter } from '../audit-store.ts';
import type { RequestLogFilter } from '../request-log-store.ts';
import { listApiKeys } from './api-key-list.ts';
import { findApiKey, findCredential } from './api-key-queries.ts';
import { listAuditEvents } from './audit-list.ts';
import { connectionSettings } from './database.ts';
import { migratePostgres } from './migrate.ts';
import type { Queryable } from './queryable.ts';
import { listRequestLogs } from './request-logs.ts';
import { countRowsRead, type Planned } from './testing/count-rows-read.ts';
import { usePostgres } from './testing/use-postgres.ts';

/** Of the large organization. The small one has a hundredth, among the oldest. */
const ROWS = 40_000;
/** The rows that a page looks at, once more to find where it ended, and those that it shows with what belongs to them. */
const MOST_ROWS_READ = 2 * MOST_ROWS_LOOKED_AT + 200;
const LIMIT = 20;
const DAY = 86_400;

const postgres = usePostgres();
let client: Client;

beforeAll(async () => {
  const url = await postgres.createDatabase();
  await migratePostgres({ url });
  client = new Client(connectionSettings(url));
  await client.connect();
  await client.query(`
    INSERT INTO organizations (id, name, created_at) VALUES ('orgn_small', 'Small', 0), ('orgn_large', 'Large', 0);
    CREATE VIEW made AS
      SELECT n, organizations.sequence AS organization, organizations.id AS chain
      FROM generate_series(1, ${ROWS}) AS n
        JOIN organizations ON organizations.id = 'orgn_large' OR n <= ${ROWS / 100};
    INSERT INTO api_keys (organization, id, name, name_nfc, name_folded, prefix, scopes, metadata, created_at, created_by,
        expires_at, revoked_at, secret_digest)
      SELECT organization, chain || n, 'Key ' || n, 'Key ' || n, 'KEY ' || n, 'sig_a1b2', 'trademarks:read', '{}', n, 'key_maker',
        CASE WHEN n % 3 = 0 THEN n END, CASE WHEN n % 2 = 0 THEN n END, sha256((chain || n)::bytea)
      FROM made ORDER BY n;
    INSERT INTO audit_events (chain, sequence, bytes, hash, action, actor_id, target_id, occurred_at)
      SELECT chain, n, 'x', sha256('x'), 'api_key.created', 'key_maker', 'key_' || n % 2, n * 60 FROM made ORDER BY n;
    INSERT INTO audit_days (chain, day, first_sequence, last_sequence)
      SELECT chain, occurred_at / ${DAY}, min(sequence), max(sequence) FROM audit_events GROUP BY 1, 2;
    INSERT INTO request_logs (organization, occurred_at, request_id, method, path, path_template, operation_id, status, duration_us,
        api_key_id, api_key_prefix)
      SELECT organization, n * 60, 'req_' || n, 'GET', '/v1/x', '/v1/x', 'getApiKey', CASE WHEN n % 2 = 0 THEN 404 ELSE 200 END, 1,
        CASE n % 3 WHEN 0 THEN 'key_maker' ELSE 'key_other' || n % 3 END, 'sig_a1b2'
      FROM made ORDER BY n;
  `);
  await client.query('VACUUM ANALYZE');
});
afterAll(() => client.end());

const PLANNED: Planned[] = ['force_custom_plan', 'force_generic_plan'];
const STATUSES = ['not_revoked', 'active', 'expired', 'revoked'] as const;
const KEY_FILTERS: ApiKeyFilter[] = STATUSES.flatMap((status) => [
  { status, now: ROWS / 2 },
  { status, now: ROWS / 2, createdBy: 'key_maker' },
  { status, now: ROWS / 2, nameContains: 'nobody' },
  { status, now: ROWS / 2, createdBy: 'key_maker', nameContains: 'nobody' },
]);
const AUDIT_FILTERS: AuditFilter[] = [
  {},
  { action: 'api_key.created' },
  { actorId: 'key_maker' },
  { targetId: 'key_1' },
  { actorId: 'key_maker', action: 'none' },
  { targetId: 'key_1', actorId: 'none', action: 'none' },
  { from: 10 * DAY, until: 11 * DAY },
  { from: 10 * DAY, until: 10 * DAY + 1, targetId: 'key_1' },
  { until: 0 },
];
const LOG_FILTERS: RequestLogFilter[] = [
  { from: 0 },
  { from: 0, status: 404 },
  { from: 0, status: 200 },
  { from: 0, status: 500 },
  { from: 0, method: 'POST' },
  { from: 0, path: '/nowhere' },
  { from: 0, apiKeyId: 'key_maker' },
  { from: 0, apiKeyId: 'key_maker', status: 500 },
  { from: 0, apiKeyId: 'key_nobody' },
];

type Read = (organization: string) => (database: Queryable) => Promise<unknown>;
const LISTS: [name: string, read: Read][] = [
  ...KEY_FILTERS.map((filter): [string, Read] => [
    `keys ${JSON.stringify(filter)}`,
    (organization) => (database) => listApiKeys(database, organization, filter, { limit: LIMIT }),
  ]),
  ...AUDIT_FILTERS.map((filter): [string, Read] => [
    `audit events ${JSON.stringify(filter)}`,
    (organization) => (database) => listAuditEvents(database, organization, filter, { limit: LIMIT }),
  ]),
  ...LOG_FILTERS.map((filter): [string, Read] => [
    `request logs ${JSON.stringify(filter)}`,
    (organization) => (database) =>
      listRequestLogs(database, organization, filter, {
        limit: LIMIT,
        before: { occurredAt: Number.MAX_SAFE_INTEGER, nth: 1 },
      }),
  ]),
];

describe.each(PLANNED)('with %s', (planned) => {
  it.each(LISTS)('a page of %s looks at no more rows than promised', async (_, read) => {
    expect(await countRowsRead(client, planned, read('orgn_large'))).toBeLessThan(MOST_ROWS_READ);
    // Nor at those of others, however many more these have.
    expect(await countRowsRead(client, planned, read('orgn_small'))).toBeLessThan((3 * ROWS) / 100);
  });

  it('a key is found by its id or secret without looking at another', async () => {
    expect(
      await countRowsRead(client, planned, (database) => findApiKey(database, 'orgn_large', 'orgn_large7')),
    ).toBeLessThan(5);
    const digest = await client.query<{ secret_digest: Buffer }>(
      "SELECT secret_digest FROM api_keys WHERE id = 'orgn_large7'",
    );
    expect(
      await countRowsRead(client, planned, (database) => findCredential(database, digest.rows[0]!.secret_digest)),
    ).toBeLessThan(10);
  });
});
