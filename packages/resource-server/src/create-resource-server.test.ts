import { expect, test } from 'vitest';
import { active, bearer, FakeApi, secret, token } from '../test/fake-api.ts';
import { createResourceServer, type Scope } from './index.ts';

const right = { baseUrl: 'http://127.0.0.1:3000', id: 'rs_Yt4dF8kLq2wX6zNb', secret };

test.each<[option: string, wrong: object]>([
  ['baseUrl', { baseUrl: undefined }],
  ['baseUrl', { baseUrl: '' }],
  ['baseUrl', { baseUrl: '127.0.0.1:3000' }],
  ['baseUrl', { baseUrl: 'ftp://127.0.0.1' }],
  ['baseUrl', { baseUrl: 'http://' }],
  ['baseUrl', { baseUrl: `http://rs:${secret}@127.0.0.1` }],
  ['baseUrl', { baseUrl: `http://127.0.0.1?secret=${secret}` }],
  ['id', { id: undefined }],
  ['id', { id: secret }],
  ['id', { id: 'rs_a:b' }],
  ['secret', { secret: undefined }],
  ['secret', { secret: '' }],
  ['secret', { secret: token }],
  ['secret', { secret: `${secret}\n` }],
  ['timeoutMs', { timeoutMs: 0 }],
  ['timeoutMs', { timeoutMs: 60_001 }],
  ['timeoutMs', { timeoutMs: Infinity }],
  ['cache.maxAgeSeconds', { cache: { maxAgeSeconds: 0, maxEntries: 1 } }],
  ['cache.maxAgeSeconds', { cache: { maxAgeSeconds: 61, maxEntries: 1 } }],
  ['cache.maxAgeSeconds', { cache: { maxAgeSeconds: 1.5, maxEntries: 1 } }],
  ['cache.maxAgeSeconds', { cache: {} }],
  ['cache.maxEntries', { cache: { maxAgeSeconds: 1, maxEntries: 0 } }],
  ['cache.maxEntries', { cache: { maxAgeSeconds: 1, maxEntries: 1_000_001 } }],
  ['cache.maxEntries', { cache: { maxAgeSeconds: 1 } }],
])('a wrong %s is named when the resource server is made, without its value', (option, wrong) => {
  const make = () => createResourceServer({ ...right, ...wrong });
  expect(make).toThrow(TypeError);
  expect(make).toThrow(new RegExp(`^${option} must be `));
  expect(make).not.toThrow(/sig_a|sigrs_b/);
});

test.each([[[]], [['']], [['trademarks read']], [['a"b']], [['trademarks:read', '']]])(
  'scopes %j are refused when the route is made, and admit nobody',
  async (scopes) => {
    const api = await FakeApi.start();
    const { requireScopes, authorize } = api.resourceServer();
    expect(() => requireScopes(...(scopes as [Scope]))).toThrow(TypeError);
    await expect(authorize({ headersDistinct: { authorization: [bearer.Authorization] } }, scopes)).rejects.toThrow(
      TypeError,
    );
    expect(api.asked).toEqual([]);
  },
);

test('with a cache a key is asked about once while it is fresh', async () => {
  const api = await FakeApi.start();
  const presented = { headersDistinct: { authorization: [bearer.Authorization] } };
  const { authorize } = api.resourceServer({ cache: { maxAgeSeconds: 60, maxEntries: 10 } });
  await authorize(presented, ['trademarks:read']);
  api.answers(200, { active: false });
  expect(await authorize(presented, ['trademarks:read'])).toMatchObject({ admitted: true });
  expect(api.asked).toHaveLength(1);
  expect(
    await authorize({ headersDistinct: { authorization: ['Bearer another'] } }, ['trademarks:read']),
  ).toMatchObject({
    status: 401,
  });
});

test('a key that has expired is not admitted from the cache', async () => {
  const api = await FakeApi.start();
  api.answers(200, { ...active, exp: Math.floor(Date.now() / 1000) - 1 });
  const presented = { headersDistinct: { authorization: [bearer.Authorization] } };
  const { authorize } = api.resourceServer({ cache: { maxAgeSeconds: 60, maxEntries: 10 } });
  await authorize(presented, ['trademarks:read']);
  await authorize(presented, ['trademarks:read']);
  expect(api.asked).toHaveLength(2);
});
