import { readFileSync, readdirSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { answer, apiKey, errorExamples, html, identity } from '../test/answers.ts';
import { sendJson, serve } from '../test/serve.ts';
import {
  ApiError,
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

describe('an answer that is no success is an error of its status', () => {
  test.each([
    ['InvalidBody', ValidationError],
    ['InvalidCredentials', UnauthorizedError],
    ['ScopeNotHeld', ForbiddenError],
    ['KeyNotFound', NotFoundError],
    ['NameTaken', ConflictError],
    ['RateLimitExceeded', RateLimitedError],
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

test('nothing of Node is used, so that the client runs in browsers and at the edge', () => {
  const folder = new URL('.', import.meta.url);
  const files = readdirSync(folder).filter((name) => !name.includes('.test'));
  expect(files.length).toBeGreaterThan(5);
  for (const name of files)
    expect(readFileSync(new URL(name, folder), 'utf8')).not.toMatch(/['"`]node:|process\.\w|Buffer\b/);
});
