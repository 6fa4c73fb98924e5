import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SecretScan } from '@signa/scripts/secret-scan.ts';
import {
  API_KEYS,
  MISPLACED,
  type ResourceServer,
  SCOPE,
  Traffic,
  whileItFails,
} from '@signa/scripts/secret-traffic.ts';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { it, type Server, type Workbench } from './workbench.ts';

/** How many keys are created, and how many others are tried: 1,000 of each with `LEAK_TEST_KEYS=1000`, which takes a minute or two. */
const KEYS = Number(process.env['LEAK_TEST_KEYS'] || 40);

/** Whoever is refused for being too many reaches nothing that could leak. */
const UNLIMITED = {
  RATE_LIMIT_READS: '1000000',
  RATE_LIMIT_WRITES: '1000000',
  RATE_LIMIT_FAILED_AUTHENTICATIONS: '1000000',
};

/** All that the service has left behind, by where. */
async function leftBehind({ dataDir }: Workbench, traffic: Traffic, servers: readonly Server[]) {
  const names = readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
  const files = names
    .map((name) => ({ name, path: join(dataDir, name) }))
    .filter(({ path }) => statSync(path).isFile());
  return new Map<string, Buffer>([
    ...files.map(({ name, path }) => [name, readFileSync(path)] as const),
    ['answers', Buffer.from(traffic.answers.join('\n'))],
    ['standard output', Buffer.from(servers.map(({ stdout }) => stdout).join(''))],
    ['standard error', Buffer.from(servers.map(({ stderr }) => stderr).join(''))],
  ]);
}

it(`no trace is left of ${KEYS} keys and as many wrong ones`, { timeout: 300_000 }, async ({ bench }) => {
  const traffic = new Traffic();
  const servers: Server[] = [];

  async function start(): Promise<Server> {
    const server = await bench.start({ env: { LOG_LEVEL: 'trace', ...UNLIMITED } });
    servers.push(server);
    traffic.url = server.url;
    return server;
  }

  const lives = (count: number, atOnce?: number) => traffic.ofKeys(manager, resourceServer, count, atOnce);

  async function expectNoTrace(...places: string[]): Promise<void> {
    const left = await leftBehind(bench, traffic, servers);
    expect([...left.keys()]).toEqual(expect.arrayContaining([...places, 'answers', 'standard output']));
    for (const [place, bytes] of left) {
      // Nor of those that were made and never handed over, because their request failed.
      expect(bytes.toString('latin1').search(/sig(rs)?_[0-9a-f]{16}/i), place).toBe(-1);
    }
    for (const page of ['/docs', '/v1/openapi.json', '/health/ready']) {
      if (servers.at(-1)!.isRunning) left.set(page, Buffer.from(await (await fetch(traffic.url + page)).arrayBuffer()));
    }

    const scan = new SecretScan(traffic.secrets);
    const [one] = traffic.secrets;
    for (const [place, bytes] of left) {
      // Counted, because a test that fails must not print them either.
      expect(scan.find(bytes).length, place).toBe(0);
      const middle = bytes.length >>> 1;
      const planted = Buffer.concat([bytes.subarray(0, middle), Buffer.from(one!), bytes.subarray(middle)]);
      expect(scan.find(planted), place).toEqual([one]);
    }
  }

  const first = await start();
  const manager = bench.firstKey;
  rmSync(bench.firstKeyFile);
  const { stdout } = await bench.admin('resource-servers', 'create', '--name', 'Door', '--scope', SCOPE, '--json');
  const resourceServer = JSON.parse(stdout) as ResourceServer;
  traffic.secrets.add(manager).add(resourceServer.secret);

  await lives(KEYS / 2);
  const database = new Database(join(bench.dataDir, 'signa.db'));
  await whileItFails(
    (sql) => database.exec(sql),
    () => lives(MISPLACED.length, MISPLACED.length),
  );
  database.close();
  const cutOff = lives(KEYS).catch(() => {});
  first.kill('SIGKILL');
  await Promise.all([first.exited, cutOff]);
  await expectNoTrace('signa.db', 'signa.db-wal', 'signa.db-shm');

  const second = await start();
  await lives(KEYS / 2);
  await expectNoTrace('signa.db', 'signa.db-wal');
  second.kill('SIGTERM');
  expect(await second.exited).toBe(0);
  await expectNoTrace('signa.db');

  expect([...traffic.statuses]).toEqual(expect.arrayContaining([200, 201, 400, 401, 404, 409, 422, 500, 503]));
  const ofKeys = [...traffic.secrets].filter((secret) => secret.startsWith('sig_'));
  expect(ofKeys.length).toBeGreaterThan(3 * KEYS); // created, rotated to and wrong
});

it('the scan reads what the service has really written: what only looks like a secret is taken as a name, and found', async ({
  bench,
}) => {
  const server = await bench.start();
  const traffic = new Traffic();
  traffic.url = server.url;
  const planted = `sig_${randomBytes(22).toString('hex')}${'0'.repeat(8)}`;
  const body = { name: planted, scopes: [SCOPE] };
  await traffic.send({ method: 'POST', path: API_KEYS, key: bench.firstKey, body });
  const scan = new SecretScan([planted, bench.firstKey]);
  const foundIn = async (place: string) => scan.find((await leftBehind(bench, traffic, [server])).get(place)!);

  expect(await foundIn('first-key')).toEqual([bench.firstKey]);
  expect(await foundIn('answers')).toEqual([planted]);
  expect(await foundIn('signa.db-wal')).toEqual([planted]);
  server.kill('SIGTERM');
  expect(await server.exited).toBe(0);
  expect(await foundIn('signa.db')).toEqual([planted]);
});
