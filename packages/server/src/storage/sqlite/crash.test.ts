import { once } from 'node:events';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { readChain } from '../../testing/read-chain.ts';
import { expectUnbroken } from '../conformance/audit-chains.ts';
import { createOrganization } from '../conformance/given.ts';
import { NOT_REVOKED } from '../conformance/samples.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { kill, startProcess } from './testing/process.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

const KILLS = 4;
const KEYS_PER_LIFE = 40;

test('kill -9 in the middle of writing loses no acknowledged change and leaves none half-written', async () => {
  const file = temporaryFile();
  const store = await openSqliteStore({ file });
  const organization = await createOrganization(store, 'Acme');
  await store.close();

  const acknowledged = new Map<string, string>();
  for (let life = 0; life < KILLS; life += 1) {
    for (const [id, digest] of await createKeysUntilKilled(file)) acknowledged.set(id, digest);
  }

  expect(integrityOf(file)).toBe('ok');
  const reopened = await openSqliteStore({ file });
  expect(acknowledged.size).toBeGreaterThanOrEqual(KILLS * KEYS_PER_LIFE);
  for (const [id, digest] of acknowledged) {
    expect(await reopened.findCredential(Buffer.from(digest, 'hex'))).toMatchObject({ apiKey: { id } });
  }
  // A key and its audit row were written together or not at all.
  const rows = await readChain(reopened, organization.id);
  expectUnbroken(organization.id, rows);
  expect(rows).toHaveLength(await reopened.countApiKeys(organization.id, NOT_REVOKED));
  await reopened.close();
}, 30_000);

/** The keys that were acknowledged, by id, each with its digest. */
async function createKeysUntilKilled(file: string): Promise<Map<string, string>> {
  const child = startProcess('create-keys-until-killed.ts', file);
  const acknowledged = new Map<string, string>();
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    const [id, digest] = line.split(' ');
    // A line that the kill cut short was not acknowledged.
    if (digest?.length === 64) acknowledged.set(id!, digest);
    if (acknowledged.size === KEYS_PER_LIFE) void kill(child);
  });
  await once(lines, 'close');
  return acknowledged;
}

function integrityOf(file: string): unknown {
  const connection = new Database(file);
  const result = connection.pragma('integrity_check', { simple: true });
  connection.close();
  return result;
}
