import { readFileSync } from 'node:fs';
import { startPostgres, type ThrowawayPostgres } from '@signa/scripts/postgres.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
let postgres: ThrowawayPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.query('CREATE DATABASE signa');
  await postgres.query(read('../deploy/roles.sql'), 'signa');
  await postgres.query('CREATE ROLE stranger LOGIN');
});
afterAll(() => postgres?.close());

/** What PostgreSQL itself says of it. */
async function holds(condition: string): Promise<boolean> {
  return postgres.query(`DO $$ BEGIN ASSERT ${condition}; END $$`, 'signa').then(
    () => true,
    (error: { code?: string }) => {
      // assert_failure. Anything else is a mistake in the question.
      if (error.code === 'P0004') return false;
      throw error;
    },
  );
}

test.each([
  ['signa_owner', true, true],
  ['signa_service', true, false],
  ['stranger', false, false],
])('%s can connect: %s, and make tables: %s', async (role, connects, creates) => {
  expect(await holds(`has_database_privilege('${role}', 'signa', 'CONNECT')`)).toBe(connects);
  expect(await holds(`has_schema_privilege('${role}', 'public', 'USAGE')`)).toBe(connects);
  expect(await holds(`has_schema_privilege('${role}', 'public', 'CREATE')`)).toBe(creates);
  expect(await holds(`has_database_privilege('${role}', 'signa', 'CREATE')`)).toBe(creates);
  expect(await holds(`(SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = '${role}')`)).toBe(
    false,
  );
});

test('the service can do nothing with what the owner makes, unless it is granted', async () => {
  await postgres.query('SET ROLE signa_owner; CREATE TABLE made (a int)', 'signa');
  for (const right of ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) {
    expect(await holds(`has_table_privilege('signa_service', 'made', '${right}')`)).toBe(false);
  }
});

test("the guide's second role of the service has what the first one has, and then the first can do nothing", async () => {
  const [second, end] = [...read('../../../docs/operating.md').matchAll(/```sql\n((?:CREATE|ALTER) ROLE.*?)```/gs)];
  await postgres.query(second![1]!, 'signa');
  expect(await holds("has_database_privilege('signa_service_2', 'signa', 'CONNECT')")).toBe(true);
  expect(await holds("has_schema_privilege('signa_service_2', 'public', 'USAGE')")).toBe(true);
  await postgres.query(end![1]!, 'signa');
  expect(await holds("(SELECT rolcanlogin FROM pg_roles WHERE rolname = 'signa_service')")).toBe(false);
});
