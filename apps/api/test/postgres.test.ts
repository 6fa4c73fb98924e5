import { existsSync } from 'node:fs';
import { type ThrowawayPostgres, startPostgres } from '@signa/scripts/postgres.ts';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { clientOf, it, type Server, type Workbench } from './workbench.ts';

let postgres: ThrowawayPostgres;
let made = 0;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

interface Prepared {
  readonly owner: { readonly DATABASE_URL: string };
  readonly service: { readonly DATABASE_URL: string };
}

/** An empty database, its owner, and the role of a service that may do nothing yet. */
async function givenDatabase(): Promise<Prepared & { role: string }> {
  made += 1;
  const [database, owner, role] = [`signa_${made}`, `owner_${made}`, `service_${made}`];
  await postgres.query(`CREATE ROLE ${owner} LOGIN PASSWORD 'sesame'`);
  await postgres.query(`CREATE ROLE ${role} LOGIN PASSWORD 'sesame'`);
  await postgres.query(`CREATE DATABASE ${database} OWNER ${owner}`);
  const as = (name: string) => ({
    DATABASE_URL: postgres.url(database).replace('postgres:postgres@', `${name}:sesame@`),
  });
  return { owner: as(owner), service: as(role), role };
}

async function givenMigrated(bench: Workbench): Promise<Prepared> {
  const { role, ...prepared } = await givenDatabase();
  const { code, stderr } = await bench.run({
    args: ['migrate', '--service-role', role],
    env: prepared.owner,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: `The role ${role} has the rights of the server.\n` });
  return prepared;
}

const nameOf = ({ DATABASE_URL }: Prepared['owner']) => new URL(DATABASE_URL).pathname.slice(1);

const statusOf = async (server: Server, path: string) => (await fetch(server.url + path)).status;

describe('on PostgreSQL', () => {
  it('keys are made, changed, and there after a restart, by a role that owns nothing', async ({ bench }) => {
    const { service } = await givenMigrated(bench);
    const server = await bench.start({ env: service });
    expect(existsSync(`${bench.dataDir}/signa.db`)).toBe(false);
    const client = clientOf(server, bench.firstKey);
    const body = { name: 'Import', scopes: ['trademarks:read' as const] };
    const { data: created } = await client.POST('/v1/organization/api-keys', { body });
    const path = { params: { path: { id: created!.id } } };
    const { data: rotated } = await client.POST('/v1/organization/api-keys/{id}/rotate', path);
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);

    const again = await bench.start({ env: service });
    expect((await clientOf(again, rotated!.key).GET('/v1/organization')).response.status).toBe(200);
    expect((await clientOf(again, created!.key).GET('/v1/organization')).response.status).toBe(401);
    const { data: logs } = await clientOf(again, bench.firstKey).GET('/v1/organization/logs');
    expect(logs!.data.map((row) => row.operation_id)).toEqual(expect.arrayContaining(['createApiKey', 'rotateApiKey']));
    const verified = await bench.run({ args: ['audit', 'verify'], env: service });
    expect(verified.code).toBe(0);
  });

  it('the metrics tell how the pool stands, and nothing of where the database is', async ({ bench }) => {
    const { service } = await givenMigrated(bench);
    const server = await bench.start({ env: { ...service, METRICS_PORT: '0' } });
    const [, url] = await server.says(/"url":"([^"]+)".*"Metrics are served\."/);
    const scrape = async () => (await fetch(url!)).text();
    await expect.poll(scrape).toMatch(/^signa_database_pool_connections\{state="idle"\} [1-9]/m);
    await expect.poll(scrape).toMatch(/^signa_database_pool_waiting 0$/m);
    const text = await scrape();
    expect(text).toMatch(/^signa_ready 1$/m);
    expect(text).not.toMatch(/^signa_database_writes_waiting /m);
    expect(text).not.toMatch(/sesame|service_\d|signa_\d|postgres:/);
  });

  it('the commands of the operator work beside a server', async ({ bench }) => {
    const { service } = await givenMigrated(bench);
    await bench.start({ env: service });
    const created = await bench.run({ args: ['orgs', 'create', '--name', 'Acme', '--json'], env: service });
    const { id } = JSON.parse(created.stdout) as { id: string };
    const issue = ['keys', 'issue', '--org', id, '--name', 'Key', '--scope', 'api-keys:manage'];
    expect((await bench.run({ args: issue, env: service })).stdout).toMatch(/^sig_[0-9a-f]{52}\n$/);
    expect((await bench.run({ args: ['prune'], env: service })).code).toBe(0);
    expect((await bench.run({ args: ['orgs', 'list'], env: service })).stdout).toContain('Acme');
  });

  it('of many that start at once on an empty database one makes the first key', async ({ bench }) => {
    const { service } = await givenMigrated(bench);
    const env = { ...service, DATABASE_POOL_SIZE: '2' };
    const servers = await Promise.all(Array.from({ length: 4 }, () => bench.start({ env })));
    const list = await bench.run({ args: ['orgs', 'list', '--json'], env });
    expect((JSON.parse(list.stdout) as { data: unknown[] }).data).toHaveLength(1);
    for (const server of servers) {
      expect((await clientOf(server, bench.firstKey).GET('/v1/organization')).response.status).toBe(200);
    }
  });

  it('a key that is revoked at one instance is refused at the other at once', async ({ bench }) => {
    const { service } = await givenMigrated(bench);
    const [one, two] = [await bench.start({ env: service }), await bench.start({ env: service })];
    const manager = clientOf(one, bench.firstKey);
    for (let round = 0; round < 20; round += 1) {
      const body = { name: `Key ${round}`, scopes: ['trademarks:read' as const] };
      const { data: key } = await manager.POST('/v1/organization/api-keys', { body });
      expect((await clientOf(two, key!.key).GET('/v1/organization')).response.status).toBe(200);
      await manager.DELETE('/v1/organization/api-keys/{id}', { params: { path: { id: key!.id } } });
      expect((await clientOf(two, key!.key).GET('/v1/organization')).response.status).toBe(401);
    }
  });

  it('a start on a database that is not migrated says what to run, and `migrate` twice does nothing', async ({
    bench,
  }) => {
    const { owner } = await givenDatabase();
    const refused = await bench.run({ env: owner });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^The database .* has no schema yet: run `migrate` first\.\n$/);
    const first = await bench.run({ args: ['migrate', '--json'], env: owner });
    const { from, to } = JSON.parse(first.stdout) as { from: number; to: number };
    expect(from).toBe(0);
    const second = await bench.run({ args: ['migrate', '--json'], env: owner });
    expect(JSON.parse(second.stdout)).toEqual({ object: 'migrated', from: to, to });
  });

  it('a database of a newer version is refused by the server and by `migrate`, each in one sentence', async ({
    bench,
  }) => {
    const { owner, service } = await givenMigrated(bench);
    await postgres.query('UPDATE schema_version SET version = version + 1', nameOf(owner));
    for (const options of [{ env: service }, { args: ['migrate'], env: owner }]) {
      const { code, stdout, stderr } = await bench.run(options);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^The database .* was written by a newer version .*\.\n$/);
      expect(stderr).not.toContain('sesame');
    }
  });

  it.for([
    { what: 'a wrong password', change: (url: string) => url.replace(':sesame@', ':open-barley@'), says: 'password' },
    { what: 'a database that is not there', change: (url: string) => `${url}x`, says: 'no such database' },
    {
      what: 'a host that does not answer',
      change: (url: string) => url.replace(/:\d+\//, ':1/'),
      says: 'nothing answers',
    },
    { what: 'a role without rights', change: (url: string) => url, says: '' },
  ])('$what is told in one sentence without the password', async ({ change, says }, { bench }) => {
    const { service } = await givenDatabase();
    const { code, stdout, stderr } = await bench.run({ env: { DATABASE_URL: change(service.DATABASE_URL) } });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/sesame|barley/);
  });
});

describe('while PostgreSQL is away', () => {
  it('the server is not ready, answers 503, and goes on by itself when it is back', async ({ bench }) => {
    const { service } = await givenMigrated(bench);
    const server = await bench.start({ env: service });
    const ask = () => clientOf(server, bench.firstKey).GET('/v1/organization');
    expect([await statusOf(server, '/health/ready'), (await ask()).response.status]).toEqual([200, 200]);
    await postgres.kill();
    try {
      const { error, response } = await ask();
      expect([response.status, error?.error.type]).toEqual([503, 'service_unavailable']);
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      expect([await statusOf(server, '/health/ready'), await statusOf(server, '/health/live')]).toEqual([503, 200]);
    } finally {
      await postgres.start();
    }
    await vi.waitFor(async () => expect(await statusOf(server, '/health/ready')).toBe(200), 10_000);
    expect((await ask()).response.status).toBe(200);
  });

  it.for([
    {
      what: 'only reads',
      breaks: (database: string) => `ALTER DATABASE ${database} SET default_transaction_read_only = on`,
      mends: (database: string) => `ALTER DATABASE ${database} RESET default_transaction_read_only`,
    },
    {
      what: 'has no connection left',
      breaks: (_: string, role: string) => `ALTER ROLE ${role} CONNECTION LIMIT 0`,
      mends: (_: string, role: string) => `ALTER ROLE ${role} CONNECTION LIMIT -1`,
    },
  ])('the server is not ready while it $what, and is again by itself', async ({ breaks, mends }, { bench }) => {
    const { service } = await givenMigrated(bench);
    const server = await bench.start({ env: service });
    const [database, role] = [nameOf(service), new URL(service.DATABASE_URL).username];
    // Each setting is that of new connections.
    const reconnect = () =>
      postgres.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
    const readiness = () => statusOf(server, '/health/ready');

    await postgres.query(breaks(database, role));
    await reconnect();
    await vi.waitFor(async () => expect(await readiness()).toBe(503), 10_000);
    expect([await readiness(), await statusOf(server, '/health/live')]).toEqual([503, 200]);

    await postgres.query(mends(database, role));
    await reconnect();
    await vi.waitFor(async () => expect(await readiness()).toBe(200), 10_000);
  });
});
