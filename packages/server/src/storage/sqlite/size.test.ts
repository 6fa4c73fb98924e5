import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createOrganization } from '../conformance/given.ts';
import { newKey, NOW, someDigest } from '../conformance/samples.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

const KEYS = 20_000;

test('a key takes at most 400 bytes on the disk, its share of every index included', async () => {
  const file = temporaryFile();
  const store = await openSqliteStore({ file });
  const organization = await createOrganization(store, 'Acme');
  await store.change(organization.id, async (transaction) => {
    for (let n = 0; n < KEYS; n += 1) {
      const key = newKey(organization, {
        name: `Analytics Dashboard ${n}`,
        scopes: n % 20 === 0 ? ['api-keys:manage'] : ['trademarks:read', 'billing:read'],
        createdBy: 'key_Pe5hI9jKw2nQ8rTx',
        expiresAt: n % 2 === 0 ? null : NOW + n,
      });
      await transaction.insertApiKey({ ...key, id: key.id.slice(0, 20) }, someDigest());
    }
  });
  await store.close();

  expect(bytesOfKeys(file) / KEYS).toBeLessThanOrEqual(400);
});

/** The pages of `api_keys` and of its indexes, those half empty too. */
function bytesOfKeys(file: string): number {
  const connection = new Database(file, { readonly: true });
  const bytes = connection
    .prepare(
      `SELECT sum(pgsize) FROM dbstat JOIN sqlite_schema ON sqlite_schema.name = dbstat.name
       WHERE tbl_name = 'api_keys'`,
    )
    .pluck()
    .get() as number;
  connection.close();
  return bytes;
}
