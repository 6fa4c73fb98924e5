import { join } from 'node:path';
import { openSqliteStore, type Store } from '@signa/server';
import { describe, expect, vi } from 'vitest';
import { clientOf, it, type Workbench } from './workbench.ts';

const DAY = 86_400;

/** Does something with the database while no server runs on it. */
async function withStore<T>(bench: Workbench, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ file: join(bench.dataDir, 'signa.db') });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** An organization with a row for each age in days, each a minute older than that. Returns its id. */
async function givenRows(bench: Workbench, ages: readonly number[]): Promise<string> {
  const { stdout } = await bench.admin('orgs', 'create', '--name', 'Acme', '--json');
  const { id } = JSON.parse(stdout) as { id: string };
  const now = Math.floor(Date.now() / 1000);
  const rows = ages.map((age) => ({
    organizationId: id,
    requestId: 'req_0000000000000001',
    occurredAt: now - age * DAY - 60,
    method: 'GET',
    path: '/v1/organization',
    pathTemplate: '/v1/organization',
    operationId: 'getOrganization',
    status: 200,
    durationMs: 1,
    errorType: null,
    apiKeyId: 'key_0000000000000001',
    apiKeyPrefix: 'sig_a1b2',
    clientAddress: null,
  }));
  await withStore(bench, (store) => store.requestLogs.append(rows, []));
  return id;
}

async function agesOf(bench: Workbench, organizationId: string): Promise<number[]> {
  const now = Math.floor(Date.now() / 1000);
  const page = { before: { occurredAt: now + DAY, nth: 0 }, limit: 100 };
  const { rows } = await withStore(bench, (store) => store.requestLogs.list(organizationId, { from: 0 }, page));
  return rows.map(({ occurredAt }) => Math.floor((now - occurredAt) / DAY));
}

describe.concurrent('request logs', () => {
  it('and usage of what was answered just before a stop are there after the next start', async ({ bench }) => {
    const server = await bench.start();
    const key = bench.firstKey;
    const answers = Array.from({ length: 40 }, () => clientOf(server, key).GET('/v1/organization'));
    for (const { response } of await Promise.all(answers)) expect(response.status).toBe(200);
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);

    const again = clientOf(await bench.start(), key);
    const { data: logs } = await again.GET('/v1/organization/logs', { params: { query: { limit: 100 } } });
    expect(logs!.data).toHaveLength(40);
    expect(logs!.data[0]).toMatchObject({ operation_id: 'getOrganization', client_address: '127.0.0.1' });
    const [start_date, end_date] = [-1, 1].map((days) =>
      new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10),
    );
    const { data: usage } = await again.GET('/v1/organization/usage/summary', {
      params: { query: { start_date: start_date!, end_date: end_date!, group_by: 'operation' } },
    });
    expect(usage!.data).toContainEqual({ group: 'getOrganization', requests: 40, errors: 0 });
  });

  it('hold no addresses when LOG_CLIENT_ADDRESS is off', async ({ bench }) => {
    const server = await bench.start({ env: { LOG_CLIENT_ADDRESS: 'off' } });
    const client = clientOf(server, bench.firstKey);
    await client.GET('/v1/organization');
    const rows = async () => (await client.GET('/v1/organization/logs')).data!.data;
    const addresses = async () => (await rows()).map((row) => row.client_address);
    await vi.waitFor(async () => expect(await addresses()).toContain(null), 5_000);
    expect(new Set(await addresses())).toEqual(new Set([null]));
  });

  it('are removed by the server once they are older than LOG_RETENTION_DAYS', async ({ bench }) => {
    const id = await givenRows(bench, [0, 6, 7, 400]);
    const server = await bench.start({ env: { LOG_RETENTION_DAYS: '7' } });
    await server.says(/"rows":2.*"Removed old request logs\."/);
    server.kill('SIGTERM');
    await server.exited;
    expect(await agesOf(bench, id)).toEqual([0, 6]);
  });

  it('are removed by `prune`, beside a server or without one, and it says how many', async ({ bench }) => {
    const id = await givenRows(bench, [0, 29, 30, 31]);
    expect(await bench.admin('prune', '--json')).toEqual({
      code: 0,
      stdout: '{"object":"pruned","log_retention_days":30,"request_logs":2,"sealed_replies":0}\n',
      stderr: '',
    });
    const { stdout, stderr } = await bench.run({ args: ['admin', 'prune'], env: { LOG_RETENTION_DAYS: '1' } });
    expect([stdout, stderr]).toEqual([
      'request_logs    1\nsealed_replies  0\n',
      'Kept the request logs of the last 1 days (LOG_RETENTION_DAYS).\n',
    ]);
    expect(await agesOf(bench, id)).toEqual([0]);
  });

  it('are not removed when LOG_RETENTION_DAYS is no number of days', async ({ bench }) => {
    const { code, stderr } = await bench.run({ args: ['admin', 'prune'], env: { LOG_RETENTION_DAYS: '0' } });
    expect([code, stderr]).toEqual([2, 'LOG_RETENTION_DAYS is "0", but must be a whole number from 1 to 3650.\n']);
  });
});
