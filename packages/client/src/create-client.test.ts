import { readFileSync, readdirSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { answer, apiKey, created, errorExamples, html, identity, keyId } from '../test/answers.ts';
import { sendJson, serve } from '../test/serve.ts';
import {
  ApiError,
  ConnectionError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  ServiceUnavailableError,
  UnauthorizedError,
  ValidationError,
  createClient,
  unwrap,
} from './index.ts';

const baseUrl = 'http://api.test';

function clientAnswering(response: () => Response) {
  return createClient({ baseUrl, apiKey, fetch: async () => response(), retries: 0 });
}

test('the client sends the key as a bearer token, and gives the data back', async () => {
  const { url, received } = await serve((_request, response) => sendJson(response, 200, identity));
  const signa = createClient({ baseUrl: `${url}/`, apiKey });
  expect(await unwrap(signa.GET('/v1/organization'))).toEqual(identity);
  expect(received[0]).toMatchObject({ method: 'GET', url: '/v1/organization' });
  expect(received[0]!.headers.authorization).toBe(`Bearer ${apiKey}`);
});

test('a function is asked for the key before every request, so that it can be rotated', async () => {
  const { url, received } = await serve((_request, response) => sendJson(response, 200, identity));
  const keys = ['first', 'second'];
  const signa = createClient({ baseUrl: url, apiKey: async () => keys.shift()! });
  await signa.GET('/v1/organization');
  await signa.GET('/v1/organization');
  expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
});

describe('a POST', () => {
  const body = { name: 'Import', scopes: ['trademarks:read' as const] };
  const params = { path: { id: keyId } };
  const keysOf = ({ received }: { received: IncomingMessage[] }) =>
    received.map(({ headers }) => headers['idempotency-key']);

  test('carries an Idempotency-Key of its own, and other requests carry none', async () => {
    const server = await serve((_request, response) => sendJson(response, 200, identity));
    const signa = createClient({ baseUrl: server.url, apiKey });
    await signa.POST('/v1/organization/api-keys', { body });
    await signa.POST('/v1/organization/api-keys/{id}/rotate', { params });
    await signa.GET('/v1/organization');
    await signa.PATCH('/v1/organization/api-keys/{id}', { params, body: { name: 'Other' } });
    await signa.DELETE('/v1/organization/api-keys/{id}', { params });
    const [first, second, ...others] = keysOf(server);
    expect(first).toMatch(/^[\w-]{16,64}$/);
    expect(second).toMatch(/^[\w-]{16,64}$/);
    expect(second).not.toBe(first);
    expect(others).toEqual([undefined, undefined, undefined]);
  });

  test('whose answer is lost is sent again, with the same Idempotency-Key, body and key of the API', async () => {
    const bodies: string[] = [];
    const server = await serve((request, response, sent) => {
      bodies.push(sent);
      if (bodies.length === 1) request.socket.destroy();
      else sendJson(response, 201, created);
    });
    let asked = 0;
    const signa = createClient({ baseUrl: server.url, apiKey: async () => `${apiKey}${(asked += 1)}` });
    expect(await unwrap(signa.POST('/v1/organization/api-keys', { body }))).toEqual(created);
    const [first, ...others] = keysOf(server);
    expect(others).toEqual([first]);
    expect(bodies).toEqual([JSON.stringify(body), JSON.stringify(body)]);
    // Another secret would be another caller, and the repetition would be carried out.
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${apiKey}1`,
      `Bearer ${apiKey}1`,
    ]);
    await signa.POST('/v1/organization/api-keys', { body });
    expect(asked, 'another call asks again').toBe(2);
  });

  test('keeps the Idempotency-Key that the call brings', async () => {
    const server = await serve((_request, response) => sendJson(response, 201, created));
    const signa = createClient({ baseUrl: server.url, apiKey });
    await signa.POST('/v1/organization/api-keys', { body, params: { header: { 'Idempotency-Key': 'mine' } } });
    await signa.POST('/v1/organization/api-keys', { body, headers: { 'Idempotency-Key': '"mine too"' } });
    expect(keysOf(server)).toEqual(['mine', '"mine too"']);
  });

  test('that is not sent with the key of the API gets none, and is not repeated', async () => {
    const server = await serve((request) => request.socket.destroy());
    const signa = createClient({ baseUrl: server.url, apiKey });
    const elsewhere = createClient({ baseUrl, apiKey });
    for (const call of [
      signa.POST('/v1/organization/api-keys', { body, headers: { Authorization: 'Basic c2VydmVy' } }),
      elsewhere.POST('/v1/organization/api-keys', { body, baseUrl: server.url }),
    ]) {
      await expect(call).rejects.toThrow(ConnectionError);
    }
    expect(keysOf(server)).toEqual([undefined, undefined]);
  });
});

describe('an answer that is no success is an error of its status', () => {
  test.each([
    ['InvalidBody', ValidationError],
    ['InvalidCredentials', UnauthorizedError],
    ['ScopeNotHeld', ForbiddenError],
    ['KeyNotFound', NotFoundError],
    ['NameTaken', ConflictError],
    ['RateLimitExceeded', RateLimitedError],
    ['FailedAuthenticationsExceeded', RateLimitedError],
    ['StorageBusy', ServiceUnavailableError],
    ['InternalError', ApiError],
  ] as const)('%s', async (name, errorClass) => {
    const { error: want, request_id } = errorExamples[name];
    const error = await unwrap(clientAnswering(() => answer(name)).GET('/v1/organization')).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(errorClass);
    const { type, code, title, status, detail, suggestion, retryable } = want;
    expect(error).toMatchObject({ type, code, title, status, detail, suggestion, retryable, requestId: request_id });
    expect(error).toMatchObject({ retryAfter: want.retry_after ?? undefined, errors: want.errors ?? [] });
    expect((error as ApiError).body).toEqual(errorExamples[name]);
  });

  test("a proxy's page is one too, without a code", async () => {
    const error = await unwrap(clientAnswering(() => html(502)).GET('/v1/organization')).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 502, code: undefined, retryable: false });
  });

  test('a success that is not JSON is one too', async () => {
    const call = clientAnswering(() => html(200)).GET('/v1/organization');
    await expect(unwrap(call)).rejects.toThrow(ApiError);
  });
});

test('a redirect is not followed, and the key goes to no other origin', async () => {
  const elsewhere = await serve((_request, response) => sendJson(response, 200, identity));
  const { url } = await serve((_request, response) => response.writeHead(307, { Location: `${elsewhere.url}/` }).end());
  const signa = createClient({ baseUrl: url, apiKey });
  await expect(unwrap(signa.GET('/v1/organization'))).rejects.toThrow(ApiError);
  expect(elsewhere.received).toEqual([]);
  await signa.GET('/v1/organization', { baseUrl: elsewhere.url });
  expect(elsewhere.received.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test('the key is in nothing that is printed: not the client, not an error, even when a proxy repeats it', async () => {
  const echo = () => new Response(`<p>Authorization: Bearer ${apiKey}</p>`, { status: 502 });
  const signa = clientAnswering(echo);
  const error = (await unwrap(signa.GET('/v1/organization')).catch((thrown: unknown) => thrown)) as ApiError;
  const printed = [signa, error].map(
    (value) => inspect(value, { depth: 10, showHidden: true }) + JSON.stringify(value),
  );
  expect([...printed, String(error.body), error.stack].join('\n')).not.toContain(apiKey);
  expect(error.body).toContain('***');
});

test.each([
  ['apiKey', { baseUrl, apiKey: '' }],
  ['apiKey', { baseUrl, apiKey: '  ' }],
  ['apiKey', { baseUrl, apiKey: 'a\nb' }],
  ['baseUrl', { baseUrl: 'ftp://api.test', apiKey }],
  ['baseUrl', { baseUrl: 'api.test', apiKey }],
  ['baseUrl', { baseUrl: 'https://user:password@api.test', apiKey }],
])('a wrong %s is refused by name: %o', (name, options) => {
  expect(() => createClient(options)).toThrow(TypeError);
  expect(() => createClient(options)).toThrow(new RegExp(`^${name} must`));
});

test.each([
  ['retries', { retries: -1 }],
  ['retries', { retries: 1.5 }],
  ['retries', { retries: Number.NaN }],
  ['retries', { retries: '2' as never }],
  ['timeoutMs', { timeoutMs: 0 }],
  ['timeoutMs', { timeoutMs: -1 }],
  ['timeoutMs', { timeoutMs: Number.NaN }],
  ['timeoutMs', { timeoutMs: '30' as never }],
])('%s that makes no sense is refused by name: %o', (name, options) => {
  expect(() => createClient({ baseUrl, apiKey, ...options })).toThrow(RangeError);
  expect(() => createClient({ baseUrl, apiKey, ...options })).toThrow(new RegExp(`^${name} must`));
});

test('nothing of Node is used, so that the client runs in browsers and at the edge', () => {
  const folder = new URL('.', import.meta.url);
  const files = readdirSync(folder).filter((name) => !name.includes('.test'));
  expect(files.length).toBeGreaterThan(5);
  for (const name of files)
    expect(readFileSync(new URL(name, folder), 'utf8')).not.toMatch(/['"`]node:|process\.\w|Buffer\b/);
});
