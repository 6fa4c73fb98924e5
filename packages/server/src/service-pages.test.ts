import { afterAll, beforeAll, expect, test } from 'vitest';
import { description } from './contract/description.ts';
import { type TestApi, startApi } from './testing/start-api.ts';
import { StoreUnavailableError } from './storage/store.ts';

let accepting = true;
const docs = { html: '<!doctype html><title>Docs</title>', contentSecurityPolicy: "default-src 'none'" };
let api: TestApi;
beforeAll(async () => {
  api = await startApi({ isAccepting: () => accepting, docs });
});
afterAll(() => api.close());

test('the process is live and ready', async () => {
  expect(await api.send({ path: '/health/live' })).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await api.send({ path: '/health/ready' })).toMatchObject({ status: 200, body: { status: 'ok' } });
});

test('a process that is told to stop is live and not ready', async () => {
  accepting = false;
  expect(await api.send({ path: '/health/ready' })).toMatchObject({ status: 503, body: { status: 'stopping' } });
  expect((await api.send({ path: '/health/live' })).status).toBe(200);
  accepting = true;
});

test('a process whose database fails is live and not ready', async () => {
  const broken = await startApi({
    store: new Proxy(api.store, {
      get: (store, name, receiver) => {
        if (name === 'checkHealth') return () => Promise.reject(new StoreUnavailableError('planted'));
        if (name === 'close') return async () => {};
        return Reflect.get(store, name, receiver);
      },
    }),
  });
  const response = await broken.send({ path: '/health/ready' });
  expect(response).toMatchObject({ status: 503, body: { status: 'storage_unavailable' } });
  expect(response.text).not.toContain('planted');
  expect((await broken.send({ path: '/health/live' })).status).toBe(200);
  await broken.close();
});

test('the contract itself is served to anybody', async () => {
  const response = await api.send({ path: '/v1/openapi.json' });
  expect(response.status).toBe(200);
  expect(response.body).toEqual(description);
});

test('the docs are served under the policy that they need, and no other page is', async () => {
  const response = await fetch(`${api.url}/docs`);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(docs.html);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('content-security-policy')).toBe(docs.contentSecurityPolicy);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect((await api.send({ path: '/docs/secret' })).status).toBe(404);
});

test('without docs there is no such page', async () => {
  const plain = await startApi();
  expect((await plain.send({ path: '/docs' })).status).toBe(404);
  await plain.close();
});
