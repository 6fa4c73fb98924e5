import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createKey } from '../conformance/given.ts';
import { NOW, newOrganization } from '../conformance/samples.ts';
import { migrate } from './migrate.ts';
import { scopeUses } from './migrations/007_scope_uses.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

test('of a key that is older than the record of its uses, they are known from the beginning of that record on', async () => {
  const file = temporaryFile();
  const older = new Database(file);
  migrate(older, MIGRATIONS.slice(0, MIGRATIONS.indexOf(scopeUses)));
  older.exec(`
    INSERT INTO organizations (id, name, created_at) VALUES ('orgn_1', 'Acme', ${NOW});
    INSERT INTO api_keys (id, organization, name, name_nfc, prefix, scopes, metadata, created_at, secret_digest)
      VALUES ('key_old', 1, 'Old', 'Old', 'sig_a1b2', 'trademarks:read', '{}', 1, zeroblob(32))`);
  older.close();

  const before = Math.floor(Date.now() / 1000);
  const store = await openSqliteStore({ file });
  const old = await store.getApiKey('orgn_1', 'key_old');
  const { key: fresh } = await createKey(store, { ...newOrganization('Acme'), id: 'orgn_1' }, { createdAt: 2 });
  const { recordedSince } = await store.scopeUses.read(old!);
  expect(recordedSince).toBeGreaterThanOrEqual(before);
  expect(recordedSince).toBeLessThanOrEqual(Date.now() / 1000);
  expect((await store.scopeUses.read(fresh)).recordedSince).toBe(2);
  await store.close();
});
