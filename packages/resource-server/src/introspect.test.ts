import { inspect } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { active, FakeApi, secret, token } from '../test/fake-api.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});

const presented = { headersDistinct: { authorization: [`Bearer ${token}`] } };
const scopes = ['trademarks:read'];

test('the credential travels as HTTP Basic, and the token in the body alone', async () => {
  await api.resourceServer({ baseUrl: `${api.url}/signa/` }).authorize(presented, scopes);
  const [{ url, headers, form }] = api.asked as [(typeof api.asked)[0]];
  expect(url).toBe('POST /signa/v1/oauth/introspect');
  expect(headers.authorization).toBe(`Basic ${Buffer.from(`rs_Yt4dF8kLq2wX6zNb:${secret}`).toString('base64')}`);
  expect(headers['content-type']).toMatch('application/x-www-form-urlencoded');
  expect(form).toEqual({ token, required_scope: 'trademarks:read' });
});

test('connections are kept alive, whatever is answered', async () => {
  const { authorize } = api.resourceServer();
  const answers: [status: number, body: unknown][] = [
    [200, active],
    [200, { active: false }],
    [401, { error: 'invalid_client' }],
    [429, { error: 'temporarily_unavailable' }],
    [503, '<html>'],
    [200, '<html>'],
    [302, 'elsewhere'],
  ];
  for (let round = 0; round < 5; round++) {
    for (const [status, body] of answers) {
      api.answers(status, body);
      await authorize(presented, scopes);
    }
  }
  expect(api.asked).toHaveLength(35);
  // Two, because the second check begins before Node knows that the first is over.
  expect(api.connections).toBeLessThanOrEqual(2);
});

test('a connection that was closed in the moment in which it was used again costs nobody an answer', async () => {
  const { authorize } = api.resourceServer();
  const answer = api.answer;
  api.answer = (response) => {
    api.answer = answer;
    response.destroy();
  };
  expect(await authorize(presented, scopes)).toMatchObject({ admitted: true });
  expect(api.asked).toHaveLength(2);
  expect(api.problems).toEqual([]);
});

test('what the operator is told holds neither the token nor the credential', async () => {
  const { authorize } = api.resourceServer({ timeoutMs: 50 });
  const basic = Buffer.from(`rs_Yt4dF8kLq2wX6zNb:${secret}`).toString('base64');
  const echo = `You sent ${token} as Basic ${basic}, ${secret}`;
  for (const [status, body] of [
    [200, echo],
    [200, { ...active, sub: echo }],
    [400, echo],
    [401, echo],
    [500, echo],
  ] as const) {
    api.answers(status, body);
    await authorize(presented, scopes);
  }
  api.answer = (response) => void response.writeHead(200).write(echo);
  await authorize(presented, scopes);
  api.answer = (response) => void response.destroy();
  await authorize(presented, scopes);
  await api.resourceServer({ baseUrl: 'http://127.0.0.1:4' }).authorize(presented, scopes);

  expect(api.problems).toHaveLength(8);
  const told = inspect(api.problems, { depth: Infinity, showHidden: true });
  expect(told).toContain('IntrospectionError');
  for (const secretText of [token, secret, basic]) expect(told).not.toContain(secretText);
});

test('exp may be left out', async () => {
  const { authorize } = api.resourceServer();
  for (const exp of [undefined, 1_805_904_000]) {
    api.answers(200, { ...active, exp });
    expect(await authorize(presented, scopes)).toMatchObject({ admitted: true });
  }
});
