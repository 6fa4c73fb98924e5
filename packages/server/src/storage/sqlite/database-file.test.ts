import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOrganization } from '../conformance/given.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

test('missing folders and all files are created for the owner alone', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'var', 'data', 'signa.db');
  const store = await openSqliteStore({ file });
  await createOrganization(store, 'Acme');

  expect(await modeOf(join(folder, 'var'))).toBe('700');
  expect(await modeOf(join(folder, 'var', 'data'))).toBe('700');
  expect(await modesIn(join(folder, 'var', 'data'))).toEqual({
    'signa.db': '600',
    'signa.db-shm': '600',
    'signa.db-wal': '600',
  });
  await store.close();
});

test('an existing folder is left as it is', async () => {
  const folder = join(temporaryFolder(), 'shared');
  await mkdir(folder);
  await chmod(folder, 0o755);
  const store = await openSqliteStore({ file: join(folder, 'signa.db') });
  await store.close();
  expect(await modeOf(folder)).toBe('755');
});

test('an existing database that others can read is withdrawn from them, with the files beside it', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'signa.db');
  const before = await openSqliteStore({ file });
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o644);

  const store = await openSqliteStore({ file });
  expect(await modesIn(folder)).toEqual({ 'signa.db': '600', 'signa.db-shm': '600', 'signa.db-wal': '600' });
  await store.close();
  await before.close();
});

test('an empty file that others can read is withdrawn from them', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'signa.db');
  await writeFile(file, '', { mode: 0o644 });
  const store = await openSqliteStore({ file });
  expect(new Set(Object.values(await modesIn(folder)))).toEqual(new Set(['600']));
  await store.close();
});

test('closing leaves one file, the database', async () => {
  const folder = temporaryFolder();
  const store = await openSqliteStore({ file: join(folder, 'signa.db') });
  await createOrganization(store, 'Acme');
  await store.close();
  expect(await readdir(folder)).toEqual(['signa.db']);
});

async function modesIn(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await modeOf(join(folder, name))])));
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}
