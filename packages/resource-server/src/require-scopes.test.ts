import { request as sendRaw } from 'node:http';
import { once } from 'node:events';
import express, { type Request } from 'express';
import { beforeEach, describe, expect, test } from 'vitest';
import { active, bearer, caller, FakeApi, token } from '../test/fake-api.ts';
import { serve } from '../test/serve.ts';
import { callerOf, type ResourceServerOptions } from './index.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});

/** An Express app with one guarded route, one that is open, and an error handler that says what it got. */
async function startApp(options: Partial<ResourceServerOptions> = {}): Promise<string> {
  const { requireScopes } = api.resourceServer(options);
  const app = express();
  app.all('/trademarks', requireScopes('trademarks:read', 'billing:read'), (request, response) => {
    response.json(callerOf(request));
  });
  app.get('/open', (request, response) => {
    response.json(callerOf(request));
  });
  app.use((error: Error, _request: Request, response: express.Response, _next: express.NextFunction) => {
    response.status(500).json({ error: error.message });
  });
  return serve(app);
}

async function get(url: string, headers: Record<string, string> = bearer, method = 'GET') {
  const response = await fetch(url, { method, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? '' : (JSON.parse(text) as unknown) };
}

test('a key that is active and holds the scopes opens the door, and the request knows whose it is', async () => {
  const url = await startApp();
  expect(await get(`${url}/trademarks`)).toMatchObject({ status: 200, body: caller });
  expect(api.asked).toHaveLength(1);
  expect(api.asked[0]).toMatchObject({
    url: 'POST /v1/oauth/introspect',
    form: { token, required_scope: 'trademarks:read billing:read' },
  });
});

describe('without a valid key', () => {
  test('no key: 401 without an error code, and the API is not asked', async () => {
    const url = await startApp();
    const { status, headers, body } = await get(`${url}/trademarks`, {});
    expect([status, headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer realm="signa"']);
    expect(body).toEqual({ error: 'missing_token', error_description: expect.any(String) });
    expect(api.asked).toEqual([]);
  });

  test.each([
    ['a URL', `/trademarks?access_token=${token}`, {}],
    ['a form', '/trademarks', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ])('a key in %s is no key', async (_, path, headers) => {
    const url = await startApp();
    const response = await fetch(url + path, { method: 'POST', headers, body: `access_token=${token}` });
    expect(response.status).toBe(401);
    expect(api.asked).toEqual([]);
  });

  test('two Authorization headers: 401 invalid_token, and the API is not asked', async () => {
    const url = await startApp();
    const raw = sendRaw(`${url}/trademarks`, {
      headers: ['Host', 'x', 'Authorization', `Bearer ${token}`, 'Authorization', 'Bearer x'],
    });
    const [response] = await once(raw.end(), 'response');
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="signa", error="invalid_token"');
    expect(api.asked).toEqual([]);
  });

  test('an inactive key: 401 invalid_token', async () => {
    api.answers(200, { active: false });
    const url = await startApp();
    const { status, headers, body } = await get(`${url}/trademarks`);
    expect([status, headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer realm="signa", error="invalid_token"']);
    expect(body).toMatchObject({ error: 'invalid_token' });
  });

  test.each([
    ['one of the scopes', 'trademarks:read'],
    ['none', ''],
    ['one that only begins like it', 'trademarks:read billing:reads'],
  ])('a key that holds %s: 403, naming all that are needed', async (_, scope) => {
    api.answers(200, { ...active, scope });
    const url = await startApp();
    const { status, headers, body } = await get(`${url}/trademarks`);
    expect([status, headers.get('WWW-Authenticate')]).toEqual([
      403,
      'Bearer realm="signa", error="insufficient_scope", scope="trademarks:read billing:read"',
    ]);
    expect(body).toMatchObject({ error: 'insufficient_scope' });
  });

  test('every refusal is JSON that nothing stores, and HEAD gets its headers', async () => {
    const url = await startApp();
    for (const method of ['GET', 'HEAD', 'POST']) {
      const { status, headers, body } = await get(`${url}/trademarks`, {}, method);
      expect(status).toBe(401);
      expect(body === '').toBe(method === 'HEAD');
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
    }
  });
});

test('a route that nothing guards does not know its caller, and says so', async () => {
  const url = await startApp();
  expect(await get(`${url}/open`)).toMatchObject({
    status: 500,
    body: { error: expect.stringContaining('requireScopes') },
  });
});

test('the next request after a revocation is refused, and so are those that began at the same time as others', async () => {
  const url = await startApp();
  expect((await get(`${url}/trademarks`)).status).toBe(200);
  const answers = await Promise.all(Array.from({ length: 5 }, () => get(`${url}/trademarks`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(api.asked).toHaveLength(6);
  api.answers(200, { active: false });
  expect((await get(`${url}/trademarks`)).status).toBe(401);
});

describe('when the API cannot be asked, nobody is admitted', () => {
  test.each<[reason: string, retryAfter: string, arrange: () => Partial<ResourceServerOptions> | void]>([
    ['unreachable', '5', () => ({ baseUrl: 'http://127.0.0.1:4' })],
    ['unreachable', '5', () => void (api.answer = (response) => void response.destroy())],
    ['timeout', '5', () => ((api.answer = () => {}), { timeoutMs: 50 })],
    ['timeout', '5', () => ((api.answer = (response) => void response.write('{"active":')), { timeoutMs: 50 })],
    ['credential_refused', '5', () => api.answers(401, { error: 'invalid_client' })],
    ['credential_refused', '5', () => api.answers(403, '')],
    ['credential_refused', '9', () => api.answers(429, { error: 'invalid_client' }, { 'Retry-After': '9' })],
    ['rate_limited', '17', () => api.answers(429, { error: 'temporarily_unavailable' }, { 'Retry-After': '17' })],
    ['rate_limited', '5', () => api.answers(429, '')],
    ['server_error', '3', () => api.answers(503, '', { 'Retry-After': '3' })],
    ['server_error', '5', () => api.answers(500, '', { 'Retry-After': 'Fri, 31 Dec 1999 23:59:59 GMT' })],
    ['server_error', '3600', () => api.answers(502, '<html>', { 'Retry-After': '86400' })],
    ['unexpected_answer', '5', () => api.answers(400, { error: 'invalid_request' })],
    ['unexpected_answer', '5', () => api.answers(404, '<html>')],
    ['unexpected_answer', '5', () => api.answers(204, '')],
    ['unexpected_answer', '5', () => api.answers(201, active)],
    ['unexpected_answer', '5', () => api.answers(302, '', { Location: `${api.url}/elsewhere` })],
    ...[
      '',
      '<html>',
      'null',
      'true',
      '[]',
      '{}',
      { ...active, active: 'true' },
      { ...active, active: 1 },
      { active: true },
      { ...active, scope: ['trademarks:read', 'billing:read'] },
      { ...active, scope: undefined },
      { ...active, scope: 'trademarks:read billing:read\r\nX-Admin: 1' },
      { ...active, client_id: 'key\r\nX-Admin: 1' },
      { ...active, client_id: '' },
      { ...active, sub: 7 },
      { ...active, exp: 'never' },
      { ...active, exp: 1.5 },
      { ...active, exp: null },
    ].map((body): [string, string, () => void] => ['unexpected_answer', '5', () => api.answers(200, body)]),
  ])('%s: 503 with Retry-After %s', async (reason, retryAfter, arrange) => {
    const url = await startApp(arrange() ?? {});
    const { status, headers, body } = await get(`${url}/trademarks`);
    expect([status, headers.get('Retry-After')]).toEqual([503, retryAfter]);
    expect(body).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) });
    // The operator is told why, the caller is not, and neither the key nor the credential is told to anybody.
    expect(api.problems.map((problem) => problem.reason)).toEqual([reason]);
    expect(api.asked.every(({ url: asked }) => asked === 'POST /v1/oauth/introspect')).toBe(true);
  });

  test('without a hook the operator is told by a warning of the process', async () => {
    const warning = once(process, 'warning');
    const url = await startApp({ baseUrl: 'http://127.0.0.1:4', onUnavailable: undefined });
    expect((await get(`${url}/trademarks`)).status).toBe(503);
    expect(await warning).toEqual([expect.objectContaining({ name: 'IntrospectionError', reason: 'unreachable' })]);
  });

  test('a hook that throws admits nobody', async () => {
    const onUnavailable = () => {
      throw new Error('the log is full');
    };
    const url = await startApp({ baseUrl: 'http://127.0.0.1:4', onUnavailable });
    expect(await get(`${url}/trademarks`)).toMatchObject({ status: 500, body: { error: 'the log is full' } });
  });
});
