import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { StoreOpenError } from '../store.ts';
import { migratePostgres } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openPostgresStore } from './postgres-store.ts';
import { usePostgres } from './testing/use-postgres.ts';

const postgres = usePostgres();

async function migrated(): Promise<{ url: string; service: { url: string; role: string } }> {
  const url = await postgres.createDatabase();
  const service = await postgres.createRole(url);
  await migratePostgres({ url, serviceRole: service.role });
  return { url, service };
}

const changed = (url: string, change: (parsed: URL) => void): string => {
  const parsed = new URL(url);
  change(parsed);
  return parsed.href;
};

/** Someone who accepts connections and says nothing. */
async function listenSilently(): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** How a database may be wrong, and what the sentence for the operator has to name. */
const WRONGS: Record<string, { url: () => Promise<string>; says: string }> = {
  'an address that is none': {
    url: async () => 'postgres//s3cret',
    says: 'postgres://role:password@host:port/database',
  },
  'an address of something else': { url: async () => 'mysql://a:s3cret@h/d', says: 'postgres://' },
  'a port where nothing listens': {
    url: async () => 'postgres://signa:s3cret@127.0.0.1:1/signa',
    says: 'nothing answers there',
  },
  'a port where nobody speaks': {
    url: async () => `postgres://signa:s3cret@127.0.0.1:${await listenSilently()}/signa`,
    says: '2 seconds',
  },
  'a host that does not exist': {
    url: async () => 'postgres://signa:s3cret@host.invalid/signa',
    says: 'host',
  },
  'a wrong password': {
    url: async () => changed((await migrated()).service.url, (url) => (url.password = 's3cret')),
    says: 'password',
  },
  'no password': {
    url: async () => changed((await migrated()).service.url, (url) => (url.password = '')),
    says: 'password',
  },
  'no such database': {
    url: async () => changed(postgres.server.url('nowhere'), (url) => url.searchParams.set('x', 's3cret')),
    says: 'no such database',
  },
  'no TLS where it is wanted': {
    url: async () => changed((await migrated()).service.url, (url) => url.searchParams.set('sslmode', 'verify-full')),
    says: 'TLS',
  },
  'no schema': { url: () => postgres.createDatabase(), says: 'run `migrate`' },
  'an older schema': {
    async url() {
      const { url, service } = await migrated();
      await postgres.server.query('UPDATE schema_version SET version = version - 1', new URL(url).pathname.slice(1));
      return service.url;
    },
    says: `(${MIGRATIONS.length - 1}; this program needs ${MIGRATIONS.length}): run \`migrate\``,
  },
  'a newer schema': {
    async url() {
      const { url, service } = await migrated();
      await postgres.server.query('UPDATE schema_version SET version = version + 1', new URL(url).pathname.slice(1));
      return service.url;
    },
    says: 'newer version',
  },
  'a role without rights': {
    url: async () => (await postgres.createRole((await migrated()).url)).url,
    says: 'migrate --service-role',
  },
  'a role that only reads': {
    async url() {
      const { url } = await migrated();
      const reader = await postgres.createRole(url);
      const database = new URL(url).pathname.slice(1);
      await postgres.server.query(`GRANT USAGE ON SCHEMA public TO ${reader.role}`, database);
      await postgres.server.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader.role}`, database);
      return reader.url;
    },
    says: 'migrate --service-role',
  },
};

it.each(Object.entries(WRONGS))('%s is told in one sentence, without the password', async (_, { url, says }) => {
  const opening = openPostgresStore({ url: await url() });
  const error: unknown = await opening.then(
    (store) => store.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreOpenError);
  const { message } = error as StoreOpenError;
  expect(message).toContain(says);
  expect(message).toMatch(/^The .*\.$/);
  expect(message).not.toMatch(/s3cret|sesame|postgres:postgres|\n/);
});

it('opens with the role of the service, which owns nothing', async () => {
  const { service } = await migrated();
  const store = await openPostgresStore({ url: service.url });
  expect(await store.listOrganizations()).toEqual([]);
  await store.close();
});
