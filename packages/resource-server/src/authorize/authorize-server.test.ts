import { request as sendRaw } from 'node:http';
import { once } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { active, bearer, FakeApi } from '../../test/fake-api.ts';
import { serve } from '../../test/serve.ts';
import { createAuthorizeServer } from './authorize-server.ts';

let api: FakeApi;
let url: string;
beforeEach(async () => {
  api = await FakeApi.start();
  url = await serve(createAuthorizeServer(api.resourceServer()));
});

/** Asks with the path as it is, which `fetch` would tidy up. */
async function ask(path: string, { headers = bearer as Record<string, string>, method = 'GET' } = {}) {
  const { port } = new URL(url);
  const [response] = await once(sendRaw({ port, path, method, headers }).end(), 'response');
  const text: string = await response.setEncoding('utf8').reduce((all: string, chunk: string) => all + chunk, '');
  return { status: response.statusCode, headers: response.headers, text };
}

const caller = {
  'x-signa-key-id': active.client_id,
  'x-signa-organization-id': active.sub,
  'x-signa-scopes': active.scope,
  'cache-control': 'no-store',
};

test('yes is 204, with who calls in headers', async () => {
  const { status, headers, text } = await ask('/authorize?scope=trademarks:read');
  expect([status, text]).toEqual([204, '']);
  expect(headers).toMatchObject(caller);
  expect(api.asked[0]!.form).toMatchObject({ required_scope: 'trademarks:read' });
});

test('yes is 200 where the client has a say in the path and the query, as Envoy wants it', async () => {
  for (const path of [
    '/',
    '/trademarks/7?scope=nothing&q=1',
    '/authorize?scope=billing:read',
    '/../../x',
    '//x',
    '/%2e',
  ]) {
    const { status, headers, text } = await ask(`/authorize/trademarks:read+billing:read${path}`);
    expect([path, status, text]).toEqual([path, 200, '']);
    expect(headers).toMatchObject(caller);
    expect(api.asked.at(-1)!.form).toMatchObject({ required_scope: 'trademarks:read billing:read' });
  }
});

test.each([
  '/authorize?scope=trademarks:read&scope=api-keys:manage',
  '/authorize?scope=trademarks:read%20api-keys:manage',
  '/authorize?scope=trademarks:read+api-keys:manage',
  '/authorize/trademarks:read+api-keys:manage/',
])('every scope of %s is required', async (path) => {
  const { status, headers } = await ask(path);
  expect(status).toBe(403);
  expect(headers['www-authenticate']).toMatch('error="insufficient_scope", scope="trademarks:read api-keys:manage"');
  expect(headers).not.toHaveProperty('x-signa-key-id');
});

test.each(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND'])(
  'a %s is decided like any other',
  async (method) => {
    expect((await ask('/authorize?scope=trademarks:read', { method })).status).toBe(204);
    expect((await ask('/authorize?scope=trademarks:read', { method, headers: {} })).status).toBe(401);
    expect((await ask('/authorize/trademarks:read/x', { method, headers: {} })).status).toBe(401);
  },
);

test('no is 401, with the challenge for the client', async () => {
  expect((await ask('/authorize?scope=trademarks:read', { headers: {} })).headers['www-authenticate']).toBe(
    'Bearer realm="signa"',
  );
  api.answers(200, { active: false });
  const { status, headers } = await ask('/authorize?scope=trademarks:read');
  expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="signa", error="invalid_token"']);
});

test('when the API cannot be asked the answer is 503, with Retry-After', async () => {
  api.answers(500, '');
  const { status, headers } = await ask('/authorize?scope=trademarks:read');
  expect([status, headers['retry-after']]).toEqual([503, '5']);
  expect(api.problems).toMatchObject([{ reason: 'server_error' }]);
});

describe('a gateway that is configured wrongly lets nobody in', () => {
  test.each([
    '/authorize',
    '/authorize?',
    '/authorize?scope=',
    '/authorize?scopes=trademarks:read',
    '/authorize?scope=trademarks:read&scope=',
    '/authorize?scope=a%22b',
    '/authorize?scope=%E2%82%AC',
    '/authorize/',
    '/authorize//trademarks',
    '/authorize/trademarks:read%20billing:read/',
    '/authorize/trademarks:read*',
    '/authorize/trademarks:read+/',
  ])('%s is 500, and the API is not asked', async (path) => {
    expect((await ask(path)).status).toBe(500);
    expect(api.asked).toEqual([]);
  });

  test.each(['/', '/authorized?scope=trademarks:read', '/Authorize?scope=trademarks:read', '/x/authorize', '*'])(
    '%s is 404',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
      expect(api.asked).toEqual([]);
    },
  );
});
