import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { SecretScan } from '@signa/scripts/secret-scan.ts';
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

const API_KEYS = '/v1/organization/api-keys';
const SCOPE = 'trademarks:read';
const INTROSPECT = '/v1/oauth/introspect';

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is. */
  readonly body?: unknown;
}

/** Ways to put a secret where it does not belong, each of which is refused. */
const MISPLACED: readonly ((secret: string, pathOfKey: string) => Sent)[] = [
  (secret) => ({ path: API_KEYS, key: secret }),
  (secret) => ({ path: `${API_KEYS}/${secret}` }),
  (secret) => ({ path: `${API_KEYS}?access_token=${secret}` }),
  (secret) => ({ path: `${API_KEYS}?${secret}=1` }),
  (secret) => ({ path: `${API_KEYS}?cursor=${secret}` }),
  (secret) => ({ path: `/v1/${secret}/%ff` }),
  (secret) => ({ path: `/v1/${secret.replace('_', '%5F')}` }),
  (secret) => ({ path: `/v1/${secret.replace('_', '%255F')}` }),
  (secret) => ({ path: `${API_KEYS}/${secret.replace(/^.*_/, '')}` }),
  (secret) => ({ path: '/v1/organization', headers: { Authorization: `Basic ${btoa(`${secret}:`)}` } }),
  (secret) => ({ path: `/v1/${secret}`, headers: { 'User-Agent': secret, 'X-Request-Id': secret } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: { [secret]: 1 } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: { name: `Of ${secret}`, scopes: [SCOPE] } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: { name: 'Misplaced', scopes: [secret] } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: { name: `Of ${secret}`, scopes: [SCOPE] } }),
  (secret, path) => ({ method: 'PATCH', path, body: { name: secret } }),
  (secret, path) => ({ method: 'PATCH', path, body: { metadata: { old: `was ${secret}` } } }),
  (secret, path) => ({ method: 'PATCH', path, body: { metadata: { [secret]: 'old' } } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: `{"name": "${secret}` }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: `{"${secret}": 1, "${secret}": 2}` }),
  (secret) => ({ method: 'POST', path: `${INTROSPECT}?token=${secret}` }),
  (secret) => introspection({ id: secret, secret }, secret),
];

/** Where the service tells what it was asked. */
const TODAY = new Date().toISOString().slice(0, 10);
const TOLD = ['logs', 'audit-events', `usage/summary?start_date=${TODAY}&end_date=${TODAY}`].map(
  (path) => `/v1/organization/${path}`,
);

interface ResourceServer {
  readonly id: string;
  readonly secret: string;
}

function introspection({ id, secret }: ResourceServer, token: string): Sent {
  return {
    method: 'POST',
    path: INTROSPECT,
    headers: {
      Authorization: `Basic ${btoa(`${id}:${secret}`)}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ token, token_type_hint: token }).toString(),
  };
}

/** What the service is asked, what it has handed over, and what it has answered besides. */
class Traffic {
  /** All that must not be found anywhere: the secrets of keys, those of others that were sent, and Idempotency-Keys. */
  readonly secrets = new Set<string>();
  readonly statuses = new Set<number>();
  /** The answers, each without the secret that it hands over. */
  readonly answers: string[] = [];
  url = '';

  async send({ method = 'GET', path, key, headers, body }: Sent): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(key !== undefined && { Authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = JSON.parse(text) as Answer;
    if (answer.key !== undefined) this.secrets.add(answer.key);
    this.statuses.add(response.status);
    this.answers.push(text.replace(answer.key ?? '', '') + JSON.stringify([...response.headers]));
    return answer;
  }

  /** The life of one key, with one that does not exist beside it, which also stands in where no key could be made. */
  async ofOneKey(manager: string, resourceServer: ResourceServer, index: number): Promise<void> {
    const wrong = wrongSecret('sig_');
    const wrongOfServer = wrongSecret('sigrs_');
    const idempotencyKey = randomBytes(24).toString('base64url');
    for (const secret of [wrong, wrongOfServer, idempotencyKey]) this.secrets.add(secret);
    const once = { 'Idempotency-Key': idempotencyKey };
    const body = { name: `Key ${index}`, scopes: ['api-keys:manage', SCOPE] };
    const create = { method: 'POST', path: API_KEYS, key: manager, body, headers: once };
    const { id, key = wrong } = await this.send(create);
    await this.send(create); // The same again, secret included.
    await this.send({ ...create, body: { ...body, name: 'Another' } }); // The Idempotency-Key was for another request.
    await this.send({ path: '/v1/organization', key });
    await this.send({ method: 'POST', path: API_KEYS, key, body }); // The name is taken.
    const path = `${API_KEYS}/${id}`;
    for (const secret of [wrong, key]) {
      await this.send(introspection(resourceServer, secret));
      await this.send(introspection({ ...resourceServer, secret: wrongOfServer }, secret));
      const misplaced = MISPLACED[index % MISPLACED.length]!(secret, path);
      await this.send(misplaced);
      await this.send({ key, ...misplaced });
    }
    const rotation = { key, body: { grace_period_seconds: 60 }, headers: once };
    const { key: latest = wrong } = await this.send({ method: 'POST', path: `${path}/rotate`, ...rotation });
    await this.send({ method: 'PATCH', path, key: latest, body: { metadata: { index: String(index) } } });
    for (const told of TOLD) await this.send({ path: told, key: manager });
    if (index % 2 === 0) {
      await this.send({ method: 'DELETE', path, key: manager });
      await this.send({ path, key: latest });
    }
  }
}

/** What is looked at of an answer. An error has neither. */
interface Answer {
  readonly id?: string;
  readonly key?: string;
}

/** A secret of the right shape, checksum included, that nobody has. */
function wrongSecret(prefix: 'sig_' | 'sigrs_'): string {
  const body = `${prefix}${randomBytes(22).toString('hex')}`;
  return body + crc32(body).toString(16).padStart(8, '0');
}

/** Every kind of failure of the database that a request can meet, one after the other. */
async function whileItFails(file: string, work: () => Promise<unknown>): Promise<void> {
  const database = new Database(file);
  for (const [fail, mend] of [
    ['BEGIN IMMEDIATE', 'ROLLBACK'],
    ['ALTER TABLE audit_events RENAME TO gone', 'ALTER TABLE gone RENAME TO audit_events'],
    ['ALTER TABLE api_keys RENAME TO gone', 'ALTER TABLE gone RENAME TO api_keys'],
  ] as const) {
    database.exec(fail);
    const worked = work();
    // Longer than a write waits for a lock; what is asked later succeeds again.
    await Promise.race([worked, sleep(1_500)]);
    database.exec(mend);
    await worked;
  }
  database.close();
}

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

  async function lives(from: number, to: number, atOnce = 4): Promise<void> {
    const indices = Array.from({ length: to - from }, (_, index) => from + index).values();
    const worker = async () => {
      for (const index of indices) await traffic.ofOneKey(manager, resourceServer, index);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

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

  await lives(0, KEYS / 2);
  await whileItFails(join(bench.dataDir, 'signa.db'), () => lives(KEYS, KEYS + MISPLACED.length, MISPLACED.length));
  const cutOff = lives(2 * KEYS, 3 * KEYS).catch(() => {});
  first.kill('SIGKILL');
  await Promise.all([first.exited, cutOff]);
  await expectNoTrace('signa.db', 'signa.db-wal', 'signa.db-shm');

  const second = await start();
  await lives(KEYS / 2, KEYS);
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
