import { METHODS, request as sendHttp } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ERROR_CODES } from '../errors/error-codes.ts';
import { generateSecret } from '../keys/secret.ts';
import { StoreUnavailableError } from '../storage/store.ts';
import { callerOf } from '../testing/caller-of.ts';
import { basic } from '../testing/credentials.ts';
import { samplesOf, valueOf } from '../testing/samples-of.ts';
import { operations } from '../testing/sample-requests.ts';
import { type Overrides, type TestApi, startApi } from '../testing/start-api.ts';
import { storeWith } from '../testing/store-with.ts';

const PATH = '/v1/organization';
const UNKNOWN = generateSecret((size) => new Uint8Array(size).fill(7));

let api: TestApi;
afterEach(() => api?.close());

async function start(overrides?: Overrides): Promise<TestApi> {
  api = await startApi(overrides);
  return api;
}

/** A request is counted when the server sees its end, just after the client does. */
function expectMetric(name: string, labels?: Readonly<Record<string, string>>) {
  return expect.poll(async () => valueOf(await api.scrape(), name, labels));
}

test('requests are counted by operation, method and status, and timed by operation', async () => {
  const { createOrganization, send } = await start();
  const { manager, createKey } = await createOrganization();
  await createKey();
  await send({ path: PATH, key: manager.key });
  await send({ path: PATH, key: manager.key });
  await send({ path: '/v1/nothing' });

  await expectMetric('http_server_requests_total', { operation: 'createApiKey', method: 'POST', status: '201' }).toBe(
    1,
  );
  await expectMetric('http_server_requests_total', { operation: 'getOrganization', method: 'GET', status: '200' }).toBe(
    2,
  );
  await expectMetric('http_server_requests_total', { operation: 'unrouted', method: 'GET', status: '404' }).toBe(1);
  await expectMetric('http_server_request_duration_seconds_count', { operation: 'getOrganization' }).toBe(2);
  await expectMetric('http_server_request_duration_seconds_bucket', { operation: 'getOrganization', le: '10' }).toBe(2);
});

test('errors are counted by code, those too that the app never sees', async () => {
  await start();
  await api.send({ path: '/v1/nothing' });
  await new Promise((resolve) => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1').resume();
    socket.once('close', resolve).end('garbage\r\n\r\n');
  });
  await expectMetric('http_server_errors_total', { operation: 'unrouted', code: 'route_not_found' }).toBe(1);
  await expectMetric('http_server_errors_total', { operation: 'unrouted', code: 'malformed_http' }).toBe(1);
  await expectMetric('http_server_requests_total', { operation: 'unrouted', method: '_OTHER', status: '400' }).toBe(1);
});

test('why nobody authenticated is counted, and told to nobody', async () => {
  await start();
  const { manager, createKey } = await api.createOrganization();
  const [revoked, expired, replaced] = [
    await createKey(),
    await createKey({ expires_at: api.clock.timestampIn(5) }),
    await createKey(),
  ];
  await callerOf(api, manager).revoke(revoked.id);
  await callerOf(api, manager).rotate(replaced.id, { grace_period_seconds: 5 });
  api.clock.advance(5);
  const kinds = { malformed: 'garbage', unknown: UNKNOWN, revoked: revoked.key, expired: expired.key };

  const answers = new Set<string>();
  for (const key of [...Object.values(kinds), replaced.key]) {
    const { status, text, body, headers } = await api.send({ path: PATH, key });
    expect(status).toBe(401);
    answers.add(text.replace(body.request_id, '') + headers.get('www-authenticate'));
  }
  expect(answers.size).toBe(1);
  await api.send({ path: PATH });
  for (const reason of [...Object.keys(kinds), 'replaced', 'missing']) {
    await expectMetric('signa_authentication_failures_total', { reason }).toBe(1);
  }
});

test('failures of resource servers are counted with the others', async () => {
  await start();
  const server = await api.createResourceServer();
  const introspect = (authorization: Record<string, string>) =>
    api.send({
      method: 'POST',
      path: '/v1/oauth/introspect',
      type: 'application/x-www-form-urlencoded',
      body: { token: 'garbage' },
      headers: authorization,
    });
  const wrong = generateSecret((size) => new Uint8Array(size).fill(7), 'sigrs_');
  await introspect({});
  await introspect({ Authorization: 'Basic Z2FyYmFnZQ==' });
  await introspect({ Authorization: basic({ ...server, secret: wrong }) });
  await server.revoke();
  await introspect({ Authorization: basic(server) });
  for (const reason of ['missing', 'malformed', 'unknown', 'revoked']) {
    await expectMetric('signa_authentication_failures_total', { reason }).toBe(1);
  }
});

test('what is refused for a limit is counted by budget, and failed authentications beyond theirs by themselves', async () => {
  await start({ limits: { reads: 1 }, failedAuthentications: 1 });
  const { manager } = await api.createOrganization();
  for (let sent = 0; sent < 3; sent++) await api.send({ path: PATH, key: manager.key });
  for (let sent = 0; sent < 3; sent++) await api.send({ path: PATH, key: UNKNOWN });
  await expectMetric('signa_limit_refusals_total', { budget: 'reads' }).toBe(2);
  await expectMetric('signa_limit_refusals_total', { budget: 'writes' }).toBe(0);
  await expectMetric('signa_authentication_failures_total', { reason: 'unknown' }).toBe(1);
  await expectMetric('signa_authentication_failures_total', { reason: 'too_many' }).toBe(2);
});

test('a request that its client gave up has no status, but was counted', async () => {
  let arrived = () => {};
  const hasArrived = new Promise<void>((resolve) => (arrived = resolve));
  let answer = () => {};
  const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
  const first = await startApi();
  await start({
    store: storeWith(first.store, {
      findCredential: async () => {
        arrived();
        await mayAnswer;
        return null;
      },
    }),
  });
  const giveUp = new AbortController();
  const sent = fetch(api.url + PATH, { headers: { Authorization: `Bearer ${UNKNOWN}` }, signal: giveUp.signal });
  await hasArrived;
  giveUp.abort();
  await expect(sent).rejects.toThrow();
  await expectMetric('http_server_requests_cut_off_total', { operation: 'getOrganization' }).toBe(1);
  answer();
  await expectMetric('http_server_requests_total', { operation: 'getOrganization' }).toBe(undefined);
  await first.close();
});

test('readiness is that of /health/ready', async () => {
  let accepting = true;
  let healthy = true;
  const first = await startApi();
  const checkHealth = async () => {
    if (!healthy) throw new StoreUnavailableError('planted');
  };
  await start({ store: storeWith(first.store, { checkHealth }), isAccepting: () => accepting });
  const isReady = async () => valueOf(await api.scrape(), 'signa_ready');
  expect(await isReady()).toBe(1);
  healthy = false;
  expect(await isReady()).toBe(0);
  healthy = true;
  accepting = false;
  expect(await isReady()).toBe(0);
  await first.close();
});

test('a pool is shown by a store that has one, and the queue of changes by one that has that', async () => {
  await start();
  const names = ['signa_database_pool_waiting', 'signa_database_writes_waiting'];
  const values = async () => Promise.all(names.map(async (name) => valueOf(await api.scrape(), name)));
  expect(await values()).toEqual([undefined, expect.any(Number)]);

  const pooled = await startApi({
    store: storeWith(api.store, { poolStatus: () => ({ total: 5, idle: 2, waiting: 7 }) }),
  });
  const text = await pooled.scrape();
  expect(valueOf(text, 'signa_database_pool_connections', { state: 'idle' })).toBe(2);
  expect(valueOf(text, 'signa_database_pool_connections', { state: 'busy' })).toBe(3);
  expect(valueOf(text, 'signa_database_pool_waiting')).toBe(7);
  await pooled.close();
});

test('in a server that has nothing to do nothing waits, the scrape itself included', async () => {
  await start();
  await expectMetric('signa_database_writes_waiting').toBe(0);
});

test('changes that wait for the writer of SQLite are seen', async () => {
  await start();
  const { id } = await api.createOrganization();
  let finish = () => {};
  const isFinished = new Promise<void>((resolve) => (finish = resolve));
  const changes = [1, 2, 3].map(() => api.store.change(id, () => isFinished));
  expect(api.store.waitingWrites!()).toBeGreaterThanOrEqual(3);
  finish();
  await Promise.all(changes);
  await expect.poll(() => api.store.waitingWrites!()).toBe(0);
});

test('1,000 odd requests add no time series beyond the bound, and nothing of theirs is in the metrics', async () => {
  await start({ failedAuthentications: 100 });
  const { manager } = await api.createOrganization();
  const odd = (index: number) => `odd${index}x${(index * 7919) % 1000}`;
  const methods = METHODS.filter((method) => method !== 'CONNECT');
  const templates = operations.map(({ path }) => path);
  const sendOdd = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const place = templates[index % templates.length]!.replace('{id}', odd(index));
      const path = index % 3 === 0 ? `/${odd(index)}/%2e%2e/${odd(index)}` : `${place}?${odd(index)}=${odd(index)}`;
      const headers = {
        Authorization: `${index % 5 === 0 ? 'Basic' : 'Bearer'} ${[manager.key, UNKNOWN, odd(index)][index % 7] ?? odd(index)}`,
      };
      const request = sendHttp(api.url + path, { method: methods[index % methods.length]!, headers }, (response) => {
        response.resume().once('end', resolve);
      });
      request.once('error', reject).end();
    });
  for (let index = 0; index < 1_000; index += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, offset) => sendOdd(index + offset)));
  }
  const counted = async () =>
    samplesOf(await api.scrape())
      .filter(({ name }) => name === 'http_server_request_duration_seconds_count')
      .reduce((sum, { value }) => sum + value, 0);
  await expect.poll(counted).toBe(1_000);

  const text = await api.scrape();
  const samples = samplesOf(text);
  const allowed: Readonly<Record<string, RegExp>> = {
    operation: new RegExp(`^(unrouted|${operations.map(({ id }) => id).join('|')})$`),
    method: /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|_OTHER)$/,
    status: /^[1-5]\d\d$/,
    code: new RegExp(`^(${Object.keys(ERROR_CODES).join('|')})$`),
    reason: /^(missing|malformed|unknown|revoked|expired|replaced|too_many)$/,
    budget: /^(reads|writes|revocations|refusals|introspections)$/,
    kind: /^(request_logs|key_uses)$/,
    state: /^(idle|busy)$/,
    version: /^1\.2\.3$/,
    le: /^(\d+(\.\d+)?|\+Inf)$/,
  };
  for (const { name, labels } of samples) {
    for (const [label, value] of Object.entries(labels)) expect(value, `${label} of ${name}`).toMatch(allowed[label]!);
  }
  expect(samples.length).toBeLessThan(600);
  expect(text).not.toMatch(/odd\d|sig(rs)?_|key_[A-Za-z0-9]{16}|orgn_|127\.0\.0\.1|\/v1/);
});

test('each metric has a help text and a name by the rules of Prometheus', async () => {
  await start();
  const text = await api.scrape();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name: name!, type: type! }));
  expect(types.length).toBeGreaterThan(10);
  for (const { name, type } of types) {
    expect(text).toMatch(new RegExp(`^# HELP ${name} [A-Z].+\\.$`, 'm'));
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
  }
});
