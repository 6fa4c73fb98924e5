import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SCOPES, type Scope } from '../index.ts';
import { generateSecret } from '../keys/secret.ts';
import { callerOf } from '../testing/caller-of.ts';
import { basic } from '../testing/credentials.ts';
import { expectErrorOf } from '../testing/expect-error.ts';
import { operations } from '../testing/sample-requests.ts';
import {
  type TestApi,
  type TestKey,
  type TestOrganization,
  type TestResourceServer,
  type TestResponse,
  startApi,
} from '../testing/start-api.ts';
import { storeWith } from '../testing/store-with.ts';

const operation = operations.find(({ id }) => id === 'introspectToken')!;
const INACTIVE = '{"active":false}';

let api: TestApi;
let organization: TestOrganization;
let server: TestResourceServer;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  organization = await api.createOrganization();
  server = await api.createResourceServer();
});

/** Introspects as a resource server. A text is the body as it is. */
function introspect(parameters: Record<string, string> | string, as = server): Promise<TestResponse> {
  return api.send({
    method: 'POST',
    path: '/v1/oauth/introspect',
    type: 'application/x-www-form-urlencoded',
    body: parameters,
    headers: { Authorization: basic(as) },
  });
}

describe('an active key', () => {
  test('is told by id, organization, scopes and time, and by nothing else', async () => {
    const { id, key } = await organization.createKey({ scopes: ['billing:read', 'trademarks:read'] });
    const response = await introspect({ token: key });
    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      active: true,
      scope: 'billing:read trademarks:read',
      client_id: id,
      sub: organization.id,
      iat: api.clock(),
      token_type: 'Bearer',
    });
  });

  test('is told through the client, which sends the form when the call says so', async () => {
    const { data } = await api.client(organization.manager.key).POST('/v1/oauth/introspect', {
      body: { token: organization.manager.key },
      headers: { Authorization: basic(server), 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(data).toMatchObject({ active: true, client_id: organization.manager.id });
  });

  test("is told whichever organization's it is", async () => {
    const stranger = await api.createOrganization();
    expect((await introspect({ token: stranger.manager.key })).body).toMatchObject({ active: true, sub: stranger.id });
  });

  test.each<{ registered: Scope[]; want: string }>([
    { registered: ['trademarks:read'], want: 'trademarks:read' },
    { registered: ['billing:read', 'trademarks:read'], want: 'trademarks:read billing:read' },
    { registered: ['api-keys:manage'], want: '' },
  ])('tells a resource server for $registered of "$want" alone', async ({ registered, want }) => {
    const { key } = await organization.createKey({ scopes: ['trademarks:read', 'billing:read'] });
    const { body } = await introspect({ token: key }, await api.createResourceServer(registered));
    expect(body).toMatchObject({ active: true, scope: want });
  });

  test.each<Record<string, string>>([
    { token_type_hint: 'access_token' },
    { token_type_hint: 'refresh_token' },
    { token_type_hint: 'something else' },
    { required_scope: 'trademarks:read' },
    { required_scope: 'billing:read unheard:of' },
    { colour: 'red' },
  ])('is told alike with %o', async (more) => {
    const plain = await introspect({ token: organization.manager.key });
    const response = await introspect({ token: organization.manager.key, ...more });
    expect(response.text).toBe(plain.text);
  });

  test('can be told by as many resource servers as there are, at the same moment', async () => {
    const servers = await Promise.all(Array.from({ length: 5 }, () => api.createResourceServer()));
    const responses = await Promise.all(servers.map((as) => introspect({ token: organization.manager.key }, as)));
    expect(new Set(responses.map(({ text }) => text)).size).toBe(1);
    expect(responses[0]!.body.active).toBe(true);
  });
});

describe('when it was issued and when it ends', () => {
  test('a key that expires ends with its expiry', async () => {
    const { key } = await organization.createKey({ expires_at: api.clock.timestampIn(90) });
    expect((await introspect({ token: key })).body).toMatchObject({ active: true, exp: api.clock() + 90 });
  });

  test('a new secret was issued by the rotation, and the old one by the creation; in its grace it ends with that', async () => {
    const start = api.clock();
    const { id, key } = await organization.createKey();
    api.clock.advance(10);
    const { body: rotated } = await callerOf(api, organization.manager).rotate(id, { grace_period_seconds: 60 });
    const [before, after] = [await introspect({ token: key }), await introspect({ token: rotated.key })];
    expect(before.body).toMatchObject({ active: true, client_id: id, iat: start, exp: start + 70 });
    expect(after.body).toMatchObject({ active: true, client_id: id, iat: start + 10 });
    expect(after.body).not.toHaveProperty('exp');
    api.clock.advance(60);
    expect((await introspect({ token: key })).text).toBe(INACTIVE);
    expect((await introspect({ token: rotated.key })).body.active).toBe(true);
  });

  test.each([
    { expiry: 30, grace: 60, want: 30 },
    { expiry: 60, grace: 30, want: 30 },
  ])(
    'a replaced secret ends with the earlier of $expiry s and a grace of $grace s',
    async ({ expiry, grace, want }) => {
      const { id, key } = await organization.createKey({ expires_at: api.clock.timestampIn(expiry) });
      await callerOf(api, organization.manager).rotate(id, { grace_period_seconds: grace });
      expect((await introspect({ token: key })).body.exp).toBe(api.clock() + want);
      api.clock.advance(want - 1);
      expect((await introspect({ token: key })).body.active).toBe(true);
      api.clock.advance(1);
      expect((await introspect({ token: key })).text).toBe(INACTIVE);
    },
  );
});

describe('anything else', () => {
  const unknown = generateSecret((size) => new Uint8Array(size).fill(7));

  const tokens: { what: string; token: (key: TestKey) => string | Promise<string> }[] = [
    { what: 'a secret that nobody was given', token: () => unknown },
    {
      what: 'a secret with a wrong checksum',
      token: ({ key }) => key.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    },
    { what: 'a secret in capitals', token: ({ key }) => key.toUpperCase() },
    { what: 'a secret with a space', token: ({ key }) => ` ${key}` },
    { what: 'the prefix of a secret', token: ({ key }) => key.slice(0, 8) },
    { what: 'the id of a key', token: ({ id }) => id },
    { what: 'a word', token: () => 'garbage' },
    { what: 'a zero byte', token: () => '\0' },
    { what: 'bytes that are no text', token: () => '\u{fffd}' },
    { what: '16,000 characters', token: () => 'x'.repeat(16_000) },
    { what: "the resource server's own secret", token: () => server.secret },
    {
      what: 'the secret of a revoked key',
      async token({ id, key }) {
        await callerOf(api, organization.manager).revoke(id);
        return key;
      },
    },
    {
      what: 'the secret of an expired key',
      async token() {
        const { key } = await organization.createKey({ expires_at: api.clock.timestampIn(5) });
        api.clock.advance(5);
        return key;
      },
    },
    {
      what: 'a replaced secret',
      async token({ id, key }) {
        await callerOf(api, organization.manager).rotate(id);
        return key;
      },
    },
    {
      what: 'a replaced secret in its grace, once the key is revoked',
      async token({ id, key }) {
        await callerOf(api, organization.manager).rotate(id, { grace_period_seconds: 60 });
        await callerOf(api, organization.manager).revoke(id);
        return key;
      },
    },
  ];

  test.each(tokens)('is inactive, byte for byte alike: $what', async ({ token }) => {
    const response = await introspect({ token: await token(await organization.createKey()) });
    const nothing = await introspect({ token: 'nothing' });
    expect([response.status, response.text]).toEqual([200, INACTIVE]);
    expect([...response.headers.keys()]).toEqual([...nothing.headers.keys()]);
  });

  test.each(['%', '%zz', '%ff', '%00', '+', '%F0%9F%92%A9'])(
    'token=%s is inactive and breaks nothing',
    async (token) => {
      expect((await introspect(`token=${token}`)).text).toBe(INACTIVE);
    },
  );
});

describe('a request that is none', () => {
  test.each([
    { body: 'tokens=x', names: 'token is required' },
    { body: 'token=', names: 'token is required' },
    { body: 'token=x&token=y', names: 'token must not be sent twice' },
    { body: 'token=x&required_scope=a&required_scope=b', names: 'required_scope must not be sent twice' },
    { body: 'token=x&required_scope=a++b', names: 'required_scope must be scopes separated by single spaces' },
    { body: 'token=x&required_scope=%22', names: 'required_scope must be scopes separated by single spaces' },
    { body: `token=x&token_type_hint=${'x'.repeat(256)}`, names: 'token_type_hint must have at most 255 characters' },
  ])('is told what is wrong: $body', async ({ body, names }) => {
    const response = await introspect(body);
    expectErrorOf(operation, response, 400, 'invalid_request');
    expect(response.body).toEqual({ error: 'invalid_request', error_description: names });
  });
});

describe('the resource server', () => {
  test('is refused in the next request once it is revoked, and no other is', async () => {
    const other = await api.createResourceServer();
    const as = { token: organization.manager.key };
    expect((await introspect(as)).status).toBe(200);
    await server.revoke();
    expectErrorOf(operation, await introspect(as), 401, 'invalid_credentials');
    expect((await introspect(as, other)).status).toBe(200);
  });

  test('may write the scheme in any case, and its credential form-encoded first, as OAuth has it', async () => {
    const encoded = btoa(
      [server.id, server.secret].map((part) => `${new URLSearchParams({ '': part })}`.slice(1)).join(':'),
    );
    for (const scheme of ['Basic', 'basic', 'BASIC']) {
      const response = await api.send({
        method: 'POST',
        path: '/v1/oauth/introspect',
        type: 'application/x-www-form-urlencoded',
        body: { token: organization.manager.key },
        headers: { Authorization: `${scheme} ${encoded}` },
      });
      expect(response.body.active).toBe(true);
    }
  });

  test('has a limit of its own, which no organization and no other resource server pays for', async () => {
    const limited = await startApi({
      store: storeWith(api.store, {}),
      clock: api.clock,
      limits: { introspections: 2, reads: 1 },
    });
    const [send, other] = [limited.send, await api.createResourceServer(SCOPES)];
    const ask = (as: TestResourceServer, token: string) =>
      send({
        method: 'POST',
        path: '/v1/oauth/introspect',
        type: 'application/x-www-form-urlencoded',
        body: { token },
        headers: { Authorization: basic(as) },
      });
    const { key } = organization.manager;
    const answers = [await ask(server, key), await ask(server, 'garbage'), await ask(server, key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit-policy'))).toEqual(
      Array(3).fill('"introspections";q=2;w=60'),
    );
    expectErrorOf(operation, answers[2]!, 429, 'rate_limit_exceeded');
    expect(answers[2]!.body.error_description).toContain('The resource server');
    expect(answers[2]!.headers.get('retry-after')).toBe(String(60 - (api.clock() % 60)));
    expect((await ask(other, key)).status).toBe(200);
    expect((await send({ path: '/v1/organization', key })).status).toBe(200);
    await limited.close();
  });
});

describe('a check', () => {
  const lastUsedOf = async ({ id }: TestKey) => (await api.store.getApiKey(organization.id, id))!.lastUsedAt;

  test('counts as a use of the key that it lets in, and of no other', async () => {
    const [used, revoked] = [await organization.createKey(), await organization.createKey()];
    await callerOf(api, organization.manager).revoke(revoked.id);
    api.clock.advance(100);
    await introspect({ token: used.key });
    await introspect({ token: revoked.key });
    await expect.poll(() => lastUsedOf(used), { timeout: 5000 }).toBe(api.clock());
    expect(await lastUsedOf(revoked)).toBeNull();
  });

  test('is logged as of who asked and the key that it was about, active or not, and never the token', async () => {
    const [active, revoked] = [await organization.createKey(), await organization.createKey()];
    await callerOf(api, organization.manager).revoke(revoked.id);
    const tokens = [active.key, revoked.key, 'never-to-be-seen'];
    const ids: (string | null)[] = [];
    for (const token of tokens) ids.push((await introspect({ token })).headers.get('x-request-id'));
    const lines = () => api.logLines.map((line) => JSON.parse(line)).filter((line) => ids.includes(line.request_id));
    await expect.poll(() => lines().length).toBe(3);
    expect(lines().map((line) => [line.resource_server_id, line.status, line.api_key_id])).toEqual([
      [server.id, 200, active.id],
      [server.id, 200, revoked.id],
      [server.id, 200, null],
    ]);
    for (const token of tokens) expect(api.logLines.join('\n')).not.toContain(token.slice(0, 12));
  });
});
