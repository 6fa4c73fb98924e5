import { existsSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { ApiKey, Organization } from '../../keys/api-key.ts';
import { createKey, createOrganization } from '../conformance/given.ts';
import { NOW, someDigest } from '../conformance/samples.ts';
import type { Store } from '../store.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

const LIMITS = { sealed: 1000, kept: 100_000 };

let file: string;
let store: Store;
let acme: Organization;
let caller: ApiKey;
let revoked: ApiKey;
let kept: ApiKey;

beforeEach(async () => {
  file = temporaryFile();
  store = await openSqliteStore({ file });
  acme = await createOrganization(store, 'Acme');
  const keys = [await createKey(store, acme), await createKey(store, acme), await createKey(store, acme)];
  [caller, revoked, kept] = keys.map(({ key }) => key) as [ApiKey, ApiKey, ApiKey];
});

async function seal(apiKeyId: string, sealedUntil = NOW + 3600): Promise<Buffer> {
  const sealed = randomBytes(500);
  const reply = { lookUp: someDigest(), callerId: caller.id, fingerprint: someDigest(), apiKeyId, sealed };
  await store.change(acme.id, ({ sealedReplies }) =>
    sealedReplies.insert({ ...reply, sealedUntil, expiresAt: NOW + 86_400 }, LIMITS, NOW),
  );
  return sealed;
}

const discardSecretsOf = ({ id }: ApiKey) =>
  store.change(acme.id, ({ sealedReplies }) => sealedReplies.discardSecretsOf(id));

/** Whether a part of a ciphertext is in the database file, or in its WAL. */
function isLeft(ciphertext: Buffer): boolean {
  const files = [file, `${file}-wal`].filter((path) => existsSync(path)).map((path) => readFileSync(path));
  return Array.from({ length: ciphertext.length - 15 }, (_, at) => ciphertext.subarray(at, at + 16)).some((part) =>
    files.some((bytes) => bytes.includes(part)),
  );
}

test('a ciphertext that was discarded is not left behind in the file', async () => {
  const sealed = {
    revoked: await seal(revoked.id),
    over: await seal(kept.id, NOW + 1),
    kept: await seal(kept.id),
  };
  await discardSecretsOf(revoked);
  await store.sealedReplies.prune(NOW + 1, 100);
  await store.close();
  expect({ revoked: isLeft(sealed.revoked), over: isLeft(sealed.over), kept: isLeft(sealed.kept) }).toEqual({
    revoked: false,
    over: false,
    kept: true,
  });
});

test.each<[string, () => Promise<unknown>]>([
  ['with its key’s secret', () => discardSecretsOf(revoked)],
  ['with its caller', () => store.change(acme.id, ({ sealedReplies }) => sealedReplies.discardRepliesTo(caller.id))],
  ['by pruning', () => store.sealedReplies.prune(NOW + 3600, 100)],
])('nor, a moment later, in the files of a store that is open: discarded %s', async (_, discard) => {
  onTestFinished(() => store.close());
  const sealed = await seal(revoked.id);
  const other = new Database(file);
  onTestFinished(() => void other.close());
  other.pragma('wal_checkpoint(PASSIVE)'); // As SQLite does by itself every 1,000 pages: now it lies in the database file.
  expect(readFileSync(file).includes(sealed)).toBe(true);
  await discard();
  await expect.poll(() => isLeft(sealed), { timeout: 5_000 }).toBe(false);
});

test('nor once another process that was reading lets the file be written', async () => {
  onTestFinished(() => store.close());
  const sealed = await seal(revoked.id);
  const other = new Database(file);
  onTestFinished(() => void other.close());
  other.pragma('wal_checkpoint(PASSIVE)');
  other.exec('BEGIN; SELECT count(*) FROM api_keys');
  await discardSecretsOf(revoked);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(isLeft(sealed)).toBe(true);
  expect(await createKey(store, acme)).toBeDefined();
  other.exec('COMMIT');
  await expect.poll(() => isLeft(sealed), { timeout: 5_000 }).toBe(false);
});

test('nor of many, whose pages were split', async () => {
  const sealed = [];
  for (let n = 0; n < 60; n += 1) sealed.push(await seal(revoked.id));
  await discardSecretsOf(revoked);
  await store.close();
  expect(sealed.filter(isLeft)).toHaveLength(0);
});
