import { createContext, Script } from 'node:vm';
import { expect, test } from 'vitest';
import { apiKey, identity } from '../test/answers.ts';
import { bundle } from '../test/bundle.ts';
import { sendJson, serve } from '../test/serve.ts';
import type * as client from './index.ts';

test('the bundle holds nothing but the client and openapi-fetch, and imports nothing', async () => {
  const { code, files } = await bundle('iife');
  const foreign = files.filter((path) => !/^(packages\/client\/)?src\/[\w-]+\.ts$/.test(path));
  expect(foreign).toEqual([expect.stringMatching(/node_modules\/openapi-fetch\/dist\/index\.mjs$/)]);
  expect(code).not.toMatch(/node:|\brequire\b|\bimport\b|\bBuffer\b/);
});

test('minified, it works where there is nothing but what browsers and edge runtimes have in common', async () => {
  const { url, received } = await serve((_request, response) =>
    received.length === 1
      ? response.writeHead(502, { 'Content-Type': 'text/html' }).end('<p>Bad gateway')
      : sendJson(response, 200, identity),
  );
  const { AbortController, crypto, fetch, FormData, Headers, Request, Response, URL, URLSearchParams } = globalThis;
  const web = { AbortController, crypto, fetch, FormData, Headers, Request, Response, URL, URLSearchParams };
  const context = createContext({ ...web, setTimeout, clearTimeout });
  new Script((await bundle('iife')).code).runInContext(context);
  const { ApiError, createClient, unwrap } = new Script('signaClient').runInContext(context) as typeof client;
  const signa = createClient({ baseUrl: url, apiKey, retries: 0 });
  const error: unknown = await unwrap(signa.GET('/v1/organization')).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ name: 'ApiError', status: 502 });
  expect(await unwrap(signa.GET('/v1/organization'))).toEqual(identity);
  await signa.POST('/v1/organization/api-keys', { body: { name: 'A', scopes: ['billing:read'] } });
  expect(received.at(-1)!.headers['idempotency-key']).toMatch(/^[\d-]{16,64}$/);
});
