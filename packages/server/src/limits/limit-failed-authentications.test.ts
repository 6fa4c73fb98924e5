import { afterEach, describe, expect, test } from 'vitest';
import { ApiError } from '../errors/api-error.ts';
import { generateSecret } from '../keys/secret.ts';
import { callerOf } from '../testing/caller-of.ts';
import { basic } from '../testing/credentials.ts';
import { expectError, expectErrorOf } from '../testing/expect-error.ts';
import { operations, sampleRequest } from '../testing/sample-requests.ts';
import { type Overrides, type TestApi, type TestRequest, type TestResponse, startApi } from '../testing/start-api.ts';
import { limitFailedAuthentications, networkOf } from './limit-failed-authentications.ts';

const PATH = '/v1/organization';
const UNKNOWN = generateSecret((size) => new Uint8Array(size).fill(7));

let api: TestApi;

afterEach(() => api?.close());

/** An API that answers `failedAuthentications` failures 401, and whose clock stands 45 seconds before the end of a minute. */
async function startLimited(failedAuthentications: number, more: Overrides = {}): Promise<TestApi> {
  api = await startApi({ failedAuthentications, ...more });
  api.clock.advance(15 - (api.clock() % 60));
  return api;
}

const fail = (request: Partial<TestRequest> = {}) => api.send({ path: PATH, key: UNKNOWN, ...request });

async function statusesOf(times: number, request?: Partial<TestRequest>): Promise<number[]> {
  const statuses = [];
  for (let sent = 0; sent < times; sent++) statuses.push((await fail(request)).status);
  return statuses;
}

function expectFailuresExceeded(response: TestResponse, retryAfter: number): void {
  expectError(response, 429, 'failed_authentications_exceeded');
  expect(response.headers.get('retry-after')).toBe(String(retryAfter));
  expect(response.body.error).toMatchObject({ retryable: false, retry_after: retryAfter });
  expect([response.headers.get('ratelimit'), response.headers.get('ratelimit-policy')]).toEqual([null, null]);
}

test('an address that fails to authenticate too often is answered 429 until the minute ends', async () => {
  await startLimited(3);
  expect(await statusesOf(3)).toEqual([401, 401, 401]);
  expectFailuresExceeded(await fail(), 45);
  api.clock.advance(44);
  expectFailuresExceeded(await fail(), 1);
  api.clock.advance(1);
  expectError(await fail(), 401, 'invalid_credentials');
});

test('of many at once exactly as many are answered 401', async () => {
  await startLimited(10);
  const statuses = (await Promise.all(Array.from({ length: 100 }, () => fail()))).map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(90);
});

test('every operation answers it as documented', async () => {
  await startLimited(0);
  for (const operation of operations) {
    const response = await api.send(sampleRequest(operation, 'key_Pe5hI9jKw2nQ8rTx'));
    expectErrorOf(operation, response, 429, 'failed_authentications_exceeded');
    expect(response.headers.get('retry-after')).toBe('45');
  }
});

test('a valid key is accepted from the same address all along', async () => {
  await startLimited(1);
  const organization = await api.createOrganization();
  expect(await statusesOf(3)).toEqual([401, 429, 429]);
  expect((await callerOf(api, organization.manager).getOrganization()).status).toBe(200);
  const created = await organization.createKey();
  expect((await callerOf(api, created).getOrganization()).status).toBe(200);
});

test('it tells nothing of a key: one that was never issued, is malformed, revoked, expired or replaced, and none at all', async () => {
  await startLimited(0);
  const { manager, createKey } = await api.createOrganization();
  const [revoked, expired, rotated] = [
    await createKey(),
    await createKey({ expires_at: api.clock.timestampIn(5) }),
    await createKey(),
  ];
  await callerOf(api, manager).revoke(revoked.id);
  await callerOf(api, manager).rotate(rotated.id);
  api.clock.advance(5);

  const kinds = [UNKNOWN, revoked.key, expired.key, rotated.key, 'garbage', `${manager.key} `.repeat(2)];
  const responses = [await api.send({ path: PATH }), ...(await Promise.all(kinds.map((key) => fail({ key }))))];
  for (const response of responses) expectFailuresExceeded(response, 40);
  expect(new Set(responses.map(({ text, body }) => text.replace(body.request_id, ''))).size).toBe(1);
  expect(new Set(responses.map(({ headers }) => [...headers.keys()].join())).size).toBe(1);
});

test('a resource server that fails to authenticate is counted, and a token that it asks about is not', async () => {
  await startLimited(2);
  const server = await api.createResourceServer();
  const introspect = (secret: string, token: string) =>
    api.send({
      method: 'POST',
      path: '/v1/oauth/introspect',
      type: 'application/x-www-form-urlencoded',
      body: { token },
      headers: { Authorization: basic({ ...server, secret }) },
    });
  const wrong = generateSecret((size) => new Uint8Array(size).fill(7), 'sigrs_');
  const introspectToken = operations.find(({ id }) => id === 'introspectToken')!;

  for (let sent = 0; sent < 3; sent++) expect((await introspect(server.secret, 'garbage')).body.active).toBe(false);
  expectErrorOf(introspectToken, await introspect(wrong, 'garbage'), 401, 'invalid_credentials');
  expect(await statusesOf(2), 'the address has one count, whatever it tries').toEqual([401, 429]);
  const refused = await introspect(wrong, 'garbage');
  expectErrorOf(introspectToken, refused, 429, 'failed_authentications_exceeded');
  expect(refused.headers.get('retry-after')).toBe('45');
  expect((await introspect(server.secret, 'garbage')).status).toBe(200);
});

test('what an authenticated caller does wrong, and what no operation is asked for, is not counted', async () => {
  await startLimited(1, { limits: { reads: 5, writes: 5 } });
  const { manager, createKey } = await api.createOrganization();
  const reader = callerOf(api, await createKey());
  expectError(await reader.list(), 403, 'insufficient_scope');
  expectError(await callerOf(api, manager).get('key_0000000000000000'), 404, 'key_not_found');
  for (let sent = 0; sent < 4; sent++) await reader.getOrganization();
  expectError(await reader.getOrganization(), 429, 'rate_limit_exceeded');
  expectError(await api.send({ path: '/v1/nothing' }), 404, 'route_not_found');
  expectError(await api.send({ method: 'PUT', path: PATH }), 405, 'method_not_allowed');
  expectError(await fail(), 401, 'invalid_credentials');
});

test('a failure of the store is not counted, and not hidden', async () => {
  await startLimited(0);
  await api.store.close();
  expectError(await fail(), 503, 'storage_unavailable');
});

test('each address has a limit of its own, and all of an IPv6 network share one', async () => {
  await startLimited(1, { trustProxy: ['loopback'] });
  const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
  expect(await statusesOf(2, from('192.0.2.1'))).toEqual([401, 429]);
  expect(await statusesOf(2, from('192.0.2.2'))).toEqual([401, 429]);
  expect(await statusesOf(1, from('2001:db8:0:1::1'))).toEqual([401]);
  expect(await statusesOf(1, from('2001:db8::1:ffff:ffff:ffff:ffff'))).toEqual([429]);
  expect(await statusesOf(1, from('2001:db8:0:2::1'))).toEqual([401]);
});

test.each([-3600, 3600, 400 * 86_400])(
  'Retry-After stays within a minute when the clock jumps by %i s',
  async (jump) => {
    await startLimited(0);
    expectFailuresExceeded(await fail(), 45);
    api.clock.advance(jump - 7);
    const retryAfter = Number((await fail()).headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(60);
  },
);

test('10,000 addresses are remembered, however many come', () => {
  const unauthorized = new ApiError('invalid_credentials', '');
  const refuse = limitFailedAuthentications(() => 0, 1);
  const codeFor = (address: string) => refuse(address, unauthorized).code;
  const others = Array.from({ length: 10_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);

  expect([codeFor('192.0.2.1'), codeFor('192.0.2.1')]).toEqual([
    'invalid_credentials',
    'failed_authentications_exceeded',
  ]);
  others.slice(1).forEach(codeFor);
  expect(codeFor('192.0.2.1'), 'one of 10,000').toBe('failed_authentications_exceeded');
  codeFor(others[0]!);
  expect(codeFor('192.0.2.1'), 'forgotten with the rest').toBe('invalid_credentials');
});

describe('the network of', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['1::', '1:0:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2'],
    ['2001:db8::3:4:5:6', '2001:db8:0:0'],
    ['1::3:4:5:6:7:8', '1:0:3:4'],
    ['1:2::3:4:192.0.2.1', '1:2:0:0'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
