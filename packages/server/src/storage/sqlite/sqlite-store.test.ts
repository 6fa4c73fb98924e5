import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStore } from '../conformance.ts';
import { openSqliteStore } from './sqlite-store.ts';

describeStore('a store in an SQLite file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signa-sqlite-'));
  const file = join(folder, 'signa.db');
  let store = await openSqliteStore({ file });
  return {
    store,
    async reopen() {
      await store.close();
      store = await openSqliteStore({ file });
      return store;
    },
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});
