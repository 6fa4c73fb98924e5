import { randomBytes } from 'node:crypto';
import { beforeAll } from 'vitest';
import { describeStore } from '../conformance.ts';
import { migratePostgres } from './migrate.ts';
import { openPostgresStore } from './postgres-store.ts';
import { usePostgres } from './testing/use-postgres.ts';

const postgres = usePostgres();
beforeAll(async () => {
  await postgres.server.query('CREATE DATABASE template');
  await migratePostgres({ url: postgres.server.url('template') });
});

describeStore('a store in PostgreSQL', async () => {
  const name = `store_${randomBytes(6).toString('hex')}`;
  await postgres.server.query(`CREATE DATABASE ${name} TEMPLATE template`);
  const open = () => openPostgresStore({ url: postgres.server.url(name) });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async dispose() {
      await store.close();
      await postgres.server.query(`DROP DATABASE ${name}`);
    },
  };
});
