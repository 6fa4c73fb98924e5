import { expect, onTestFinished, test } from 'vitest';
import { createKey, createOrganization, insertKey } from '../conformance/given.ts';
import { newKey, NOT_REVOKED, someDigest } from '../conformance/samples.ts';
import { StoreUnavailableError } from '../store.ts';
import type { Connection } from './connection.ts';
import { createDatabaseFile } from './database-file.ts';
import { openConnections } from './open-connections.ts';
import { OpenedStore } from './opened-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

// SQLite answers SQLITE_FULL when the database has as many pages as it may have, just as when the disk is full.
test('on a full disk writes are refused and reads go on, and all is well when there is space again', async () => {
  const { store, writer } = await openLimited();
  const organization = await createOrganization(store, 'Acme');
  const { key, digest } = await createKey(store, organization);

  fillUp(writer);
  const large = { metadata: { note: 'x'.repeat(100_000) } };
  const failure = await insertKey(store, organization, large).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StoreUnavailableError);
  expect(failure).toMatchObject({ cause: { code: 'SQLITE_FULL' } });
  expect(await store.findCredential(digest)).toMatchObject({ apiKey: key });
  expect(await store.countApiKeys(organization.id, NOT_REVOKED)).toBe(1);

  makeSpace(writer);
  await store.checkHealth();
  expect(await insertKey(store, organization, large)).toBe('inserted');
});

test('a change is not committed when its work goes on after a failure', async () => {
  const { store, writer } = await openLimited();
  const organization = await createOrganization(store, 'Acme');
  fillUp(writer);
  const change = store.change(organization.id, async (transaction) => {
    await transaction.insertApiKey(newKey(organization), someDigest());
    const large = newKey(organization, { metadata: { note: 'x'.repeat(100_000) } });
    await transaction.insertApiKey(large, someDigest()).catch(() => 'never mind');
  });
  await expect(change).rejects.toThrow(StoreUnavailableError);
  expect(await store.countApiKeys(organization.id, NOT_REVOKED)).toBe(0);
});

async function openLimited(): Promise<{ store: OpenedStore; writer: Connection }> {
  const file = temporaryFile();
  await createDatabaseFile(file);
  const connections = await openConnections(file);
  const store = new OpenedStore(connections);
  onTestFinished(() => store.close());
  return { store, writer: connections.writer };
}

function fillUp(writer: Connection): void {
  writer.pragma('max_page_count = 1'); // SQLite rounds up to what is used already
}

function makeSpace(writer: Connection): void {
  writer.pragma('max_page_count = 10000');
}
