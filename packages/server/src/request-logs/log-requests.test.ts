import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FinishedRequest } from '../finished-request.ts';
import { generateSecret } from '../keys/secret.ts';
import { basic } from '../testing/credentials.ts';
import { operations } from '../testing/sample-requests.ts';
import { type TestApi, type TestOrganization, type TestRequest, startApi } from '../testing/start-api.ts';
import { logRequests } from './log-requests.ts';
import type { RequestLogRecorder } from './recorder.ts';
import type { CountedRequest, RequestLog } from './request-log.ts';

const KEYS = '/v1/organization/api-keys';

/** What was recorded and counted, at once. */
const recorded: RequestLog[] = [];
const counted: CountedRequest[] = [];
const recorder: RequestLogRecorder = {
  record: (row) => recorded.push(row),
  count: (request) => counted.push(request),
  waiting: 0,
  dropped: 0,
  close: async () => {},
};

let api: TestApi;
let organization: TestOrganization;
beforeAll(async () => {
  api = await startApi({ requestLogs: recorder, limits: { reads: 100, writes: 100 } });
  organization = await api.createOrganization();
});
afterAll(() => api.close());

/** The one row that a request leaves. */
async function rowOf(request: TestRequest): Promise<RequestLog> {
  const response = await api.send(request);
  const find = () => recorded.filter(({ requestId }) => requestId === response.headers.get('x-request-id'));
  // The server knows that the answer is out a moment after the client has it.
  await expect.poll(find).toHaveLength(1);
  return find()[0]!;
}

/** Makes the requests of a resource server that checks a token. */
async function introspection(): Promise<(token: string) => TestRequest> {
  const headers = { Authorization: basic(await api.createResourceServer()) };
  const type = 'application/x-www-form-urlencoded';
  return (token) => ({ method: 'POST', path: '/v1/oauth/introspect', type, headers, body: { token } });
}

describe('a row', () => {
  test('tells what was asked for, by whom, and what became of it', async () => {
    const { id, key } = organization.manager;
    expect(await rowOf({ path: `${KEYS}/${id}?`, key })).toEqual({
      organizationId: organization.id,
      requestId: expect.stringMatching(/^req_/),
      occurredAt: api.clock(),
      method: 'GET',
      path: `${KEYS}/${id}`,
      pathTemplate: `${KEYS}/{id}`,
      operationId: 'getApiKey',
      status: 200,
      durationMs: expect.any(Number),
      errorType: null,
      apiKeyId: id,
      apiKeyPrefix: key.slice(0, 8),
      clientAddress: '127.0.0.1',
    });
  });

  test.each([
    { what: 'what cannot be found', request: { path: `${KEYS}/key_0000000000000000` }, status: 404, type: 'not_found' },
    { what: 'an unknown parameter', request: { path: `${KEYS}?colour=red` }, status: 400, type: 'validation_error' },
    {
      what: 'malformed JSON',
      request: { method: 'POST', path: KEYS, body: '{' },
      status: 400,
      type: 'validation_error',
    },
  ])('is left by a request for $what', async ({ request, status, type }) => {
    expect(await rowOf({ ...request, key: organization.manager.key })).toMatchObject({ status, errorType: type });
  });

  test('is left by a key that lacks the scope', async () => {
    const { id, key } = await organization.createKey();
    expect(await rowOf({ path: KEYS, key })).toMatchObject({ status: 403, errorType: 'forbidden', apiKeyId: id });
  });

  test('is left by a request beyond the limit', async () => {
    const limited = await startApi({ requestLogs: recorder, limits: { reads: 0, writes: 0 } });
    const { manager } = await limited.createOrganization();
    const before = recorded.length;
    await limited.send({ path: KEYS, key: manager.key });
    await expect.poll(() => recorded.slice(before)).toMatchObject([{ status: 429, errorType: 'rate_limited' }]);
    await limited.close();
  });

  test('is left by a check of a key, for the organization of the key and without the address of who checks', async () => {
    const { id, key } = organization.manager;
    const introspect = await introspection();
    const row = await rowOf(introspect(key));
    expect(row).toMatchObject({
      organizationId: organization.id,
      apiKeyId: id,
      operationId: 'introspectToken',
      method: 'POST',
      path: '/v1/oauth/introspect',
      status: 200,
      errorType: null,
      clientAddress: null,
    });
    expect(counted.at(-1)).toBe(row);
    const before = recorded.length;
    await api.send(introspect('sig_unknown'));
    const after = await rowOf({ path: '/v1/organization', key });
    expect(recorded.slice(before)).toEqual([after]);
  });

  test('is left by a check that found the key inactive, as unauthorized, and counts as no use of the key', async () => {
    const { id, key } = await organization.createKey();
    await api.send({ method: 'DELETE', path: `${KEYS}/${id}`, key: organization.manager.key });
    const introspect = await introspection();
    expect(await rowOf(introspect(key))).toMatchObject({ apiKeyId: id, status: 200, errorType: 'unauthorized' });
    expect(counted.filter(({ apiKeyId }) => apiKeyId === id)).toEqual([]);
  });

  test('of a HEAD request says HEAD', async () => {
    const { key } = organization.manager;
    expect(await rowOf({ method: 'HEAD', path: KEYS, key })).toMatchObject({
      method: 'HEAD',
      operationId: 'listApiKeys',
    });
  });

  test('has no status when the client left before the answer was out', async () => {
    const before = recorded.length;
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    const headers = ['Host: x', `Authorization: Bearer ${organization.manager.key}`, 'Content-Type: application/json'];
    socket.write(`POST ${KEYS} HTTP/1.1\r\n${headers.join('\r\n')}\r\nContent-Length: 100\r\n\r\n{`);
    await once(socket, 'connect');
    // Long enough for the key to be authenticated; then the body is waited for.
    await new Promise((resolve) => setTimeout(resolve, 200));
    socket.destroy();
    await expect
      .poll(() => recorded.slice(before))
      .toMatchObject([
        { operationId: 'createApiKey', status: null, errorType: null, apiKeyId: organization.manager.id },
      ]);
  });

  test.each([
    { where: 'the path', request: (key: string) => ({ path: `${KEYS}/${key}` }) },
    { where: 'the path, encoded', request: (key: string) => ({ path: `${KEYS}/${key.replace('sig_', '%73ig%5F')}` }) },
    { where: 'the query', request: (key: string) => ({ path: `${KEYS}?access_token=${key}` }) },
  ])('does not hold a secret that was put into $where', async ({ request }) => {
    const { key } = organization.manager;
    const row = await rowOf({ ...request(key), key });
    expect(row.status).toBe(400);
    expect(JSON.stringify(row)).not.toContain(key.slice(8, 24));
  });
});

describe('no row', () => {
  const unknown = generateSecret((size) => new Uint8Array(size).fill(7));

  test.each([
    { what: 'without a key', request: { path: KEYS } },
    { what: 'with an unknown key', request: { path: KEYS, key: unknown } },
    { what: 'for a path that does not exist', request: { path: '/v1/nothing' }, withKey: true },
    { what: 'for a method that does not exist', request: { method: 'PUT', path: KEYS }, withKey: true },
    { what: 'for the health', request: { path: '/health/live' }, withKey: true },
    { what: 'for OPTIONS', request: { method: 'OPTIONS', path: KEYS }, withKey: true },
  ])('is left by a request $what, which belongs to no organization', async ({ request, withKey }) => {
    const before = recorded.length;
    await api.send({ ...request, ...(withKey && { key: organization.manager.key }) });
    const after = await rowOf({ path: '/v1/organization', key: organization.manager.key });
    expect(recorded.slice(before)).toEqual([after]);
  });
});

describe('the address of the client', () => {
  const operation = operations.find(({ id }) => id === 'getOrganization')!;
  const addressOf = (clientAddress: string | null, asker: { resourceServerId?: string } = {}) => {
    const owner = { organizationId: 'orgn_1', apiKeyId: 'key_1', apiKeyPrefix: 'sig_a1b2' };
    const context = { requestId: 'req_1', path: operation.path, clientAddress, operation, owner, ...asker };
    const request: FinishedRequest = {
      context,
      method: 'GET',
      status: 200,
      arrivedAt: 0,
      durationMs: 1,
    };
    logRequests(recorder, api.clock)(request);
    return recorded.at(-1)!.clientAddress;
  };

  test('is that of the request', () => {
    expect(addressOf('203.0.113.17')).toBe('203.0.113.17');
    expect(addressOf(null)).toBeNull();
  });

  test('is not told where another than the key itself asked: it is that of a gateway of the operator', () => {
    expect(addressOf('10.0.0.1', { resourceServerId: 'rs_1' })).toBeNull();
  });
});
