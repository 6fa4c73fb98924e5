import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { createOrganization, insertKey } from '../conformance/given.ts';
import { NOT_REVOKED } from '../conformance/samples.ts';
import type { Organization } from '../../keys/api-key.ts';
import { StoreBusyError, type Store } from '../store.ts';
import type { Connection } from './connection.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

test('a write waits about a second for a lock and then gives up, while the event loop turns', async () => {
  const { store, organization, other } = await openWithAnother();
  other.exec('BEGIN IMMEDIATE');

  const { result, duration, turns } = await timed(() => insertKey(store, organization));
  expect(result).toBeInstanceOf(StoreBusyError);
  expect(duration).toBeGreaterThanOrEqual(1_000);
  expect(duration).toBeLessThan(10_000);
  // Had SQLite waited itself, there would have been one or two.
  expect(turns).toBeGreaterThan(5);

  other.exec('ROLLBACK');
  expect(await insertKey(store, organization)).toBe('inserted');
  expect(await store.countApiKeys(organization.id, NOT_REVOKED)).toBe(1);
});

test('the writes that queue before a lock give up a second after their own call, not one after another', async () => {
  const { store, organization, other } = await openWithAnother();
  other.exec('BEGIN IMMEDIATE');
  const { result, duration } = await timed(() =>
    Promise.allSettled(Array.from({ length: 20 }, () => insertKey(store, organization))),
  );
  expect(result).toEqual(
    Array.from({ length: 20 }, () => ({ status: 'rejected', reason: expect.any(StoreBusyError) })),
  );
  // One after another they would take twenty times the wait. A busy machine does not make ten of one.
  expect(duration).toBeLessThan(10_000);
});

test('a write goes through once the lock is gone', async () => {
  const { store, organization, other } = await openWithAnother();
  other.exec('BEGIN IMMEDIATE');
  const inserted = insertKey(store, organization);
  await sleep(50);
  other.exec('COMMIT');
  expect(await inserted).toBe('inserted');
});

test('reads go on while someone else writes, and the store is not healthy', async () => {
  const { store, organization, other } = await openWithAnother();
  other.exec('BEGIN IMMEDIATE');
  expect(await store.listOrganizations()).toEqual([organization]);
  await expect(store.checkHealth()).rejects.toThrow(StoreBusyError);
});

test('the event loop turns between the writes of a long queue', async () => {
  const { store, organization } = await openWithAnother();
  let turns = 0;
  const count = () => {
    turns += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  await Promise.all(Array.from({ length: 300 }, () => insertKey(store, organization)));
  clearImmediate(counting);
  expect(turns).toBeGreaterThan(250);
});

async function openWithAnother(): Promise<{ store: Store; organization: Organization; other: Connection }> {
  const file = temporaryFile();
  const store = await openSqliteStore({ file });
  onTestFinished(() => store.close());
  const other = new Database(file, { timeout: 0 });
  onTestFinished(() => void other.close());
  return { store, organization: await createOrganization(store, 'Acme'), other };
}

/** What `work` resolves or rejects with, how many milliseconds it takes, and how often the event loop turned meanwhile. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; duration: number; turns: number }> {
  const start = performance.now();
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 5);
  const result = await work().catch((error: T) => error);
  clearInterval(timer);
  return { result, duration: performance.now() - start, turns };
}
