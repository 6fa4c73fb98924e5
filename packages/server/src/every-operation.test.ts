import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from './index.ts';
import { generateSecret } from './keys/secret.ts';
import { expectDocumented } from './testing/documented.ts';
import { operations, sampleRequest } from './testing/sample-requests.ts';
import { type TestApi, type TestOrganization, type TestResponse, startApi } from './testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
});
afterAll(() => api.close());

const withBody = operations.filter(({ description }) => description.requestBody !== undefined);
const withId = operations.filter(({ path }) => path.includes('{id}'));
const scoped = operations.flatMap((operation) => operation.scopes.map((scope) => ({ ...operation, scope })));
const paths = [...new Set(operations.map(({ path }) => path))].map((path) => ({
  path,
  methods: operations.filter((operation) => operation.path === path).map(({ method }) => method.toUpperCase()),
}));

describe.each(operations)('$id', (operation) => {
  test('answers its own example as documented', async () => {
    const { id } = await organization.createKey({ scopes: SCOPES });
    const response = await api.send({ ...sampleRequest(operation, id), key: organization.manager.key });
    expect(response.status).toBeLessThan(300);
    expectDocumented(operation, response);
  });

  const unauthenticated = { code: 'missing_credentials', challenge: 'Bearer realm="signa"' };
  const refused = { code: 'invalid_credentials', challenge: 'Bearer realm="signa", error="invalid_token"' };

  test.each([
    { who: 'nobody', headers: {}, ...unauthenticated },
    { who: 'a user with a password', headers: { Authorization: 'Basic c2lnXzEyMzQ6' }, ...unauthenticated },
    { who: 'a bearer of nothing', headers: { Authorization: 'Bearer ' }, ...unauthenticated },
    { who: 'a bearer of garbage', headers: { Authorization: 'Bearer garbage' }, ...refused },
    { who: 'a bearer of two tokens', headers: { Authorization: 'Bearer garbage garbage' }, ...refused },
    {
      who: 'a bearer of a key that does not exist',
      headers: { Authorization: `Bearer ${generateSecret((size) => new Uint8Array(size).fill(7))}` },
      ...refused,
    },
  ])('refuses $who', async ({ headers, code, challenge }) => {
    const response = await api.send({ ...sampleRequest(operation, 'key_Pe5hI9jKw2nQ8rTx'), headers });
    expectRefusal(response, code, challenge);
  });

  test('refuses a key in the query string', async () => {
    const { path, ...rest } = sampleRequest(operation, organization.manager.id);
    const response = await api.send({ ...rest, path: `${path}?access_token=${organization.manager.key}` });
    expectRefusal(response, unauthenticated.code, unauthenticated.challenge);
  });

  test('refuses two Authorization headers, even two valid ones', async () => {
    const bearer = `Bearer ${organization.manager.key}`;
    const response = await sendRaw(sampleRequest(operation, organization.manager.id), [bearer, bearer]);
    expectRefusal(response, refused.code, refused.challenge);
  });

  test('refuses a revoked key, an expired one and a replaced secret alike', async () => {
    const [revoked, expired, rotated] = [
      await organization.createKey({ scopes: SCOPES }),
      await organization.createKey({ scopes: SCOPES, expires_at: api.clock.timestampIn(60) }),
      await organization.createKey({ scopes: SCOPES }),
    ];
    const as = { key: organization.manager.key };
    await api.send({ ...as, method: 'DELETE', path: `/v1/organization/api-keys/${revoked.id}` });
    await api.send({ ...as, method: 'POST', path: `/v1/organization/api-keys/${rotated.id}/rotate` });
    api.clock.advance(60);

    const responses = [];
    for (const { key } of [revoked, expired, rotated]) {
      const response = await api.send({ ...sampleRequest(operation, organization.manager.id), key });
      expectRefusal(response, refused.code, refused.challenge);
      responses.push(response.text.replace(response.body.request_id, ''));
    }
    expect(new Set(responses).size).toBe(1);
  });

  function expectRefusal(response: TestResponse, code: string, challenge: string): void {
    expect(response).toMatchObject({ status: 401, body: { error: { type: 'unauthorized', code } } });
    expect(response.headers.get('www-authenticate')).toBe(challenge);
    expectDocumented(operation, response);
  }

  test('refuses query parameters that it does not have, and names each', async () => {
    const { path, ...rest } = sampleRequest(operation, organization.manager.id);
    const response = await api.send({ ...rest, path: `${path}?colour=red&size=1`, key: organization.manager.key });
    expect(response).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
    expect(response.body.error.errors).toEqual([
      { path: 'colour', message: 'is not a parameter of this operation' },
      { path: 'size', message: 'is not a parameter of this operation' },
    ]);
    expectDocumented(operation, response);
  });
});

test.each(scoped)('$id refuses a key without $scope, and says which scope it lacks', async (operation) => {
  const { key } = await organization.createKey({ scopes: SCOPES.filter((scope) => scope !== operation.scope) });
  const response = await api.send({ ...sampleRequest(operation, organization.manager.id), key });
  expect(response).toMatchObject({ status: 403, body: { error: { type: 'forbidden', code: 'insufficient_scope' } } });
  expect(response.headers.get('www-authenticate')).toBe(
    `Bearer realm="signa", error="insufficient_scope", scope="${operation.scope}"`,
  );
  expectDocumented(operation, response);
});

describe.each(withId)('$id', (operation) => {
  test("answers another organization's key as it answers one that does not exist, byte for byte", async () => {
    const stranger = await api.createOrganization();
    const missing = 'key_0000000000000000';
    const [theirs, nobodys] = await Promise.all(
      [stranger.manager.id, missing].map((id) =>
        api.send({ ...sampleRequest(operation, id), key: organization.manager.key }),
      ),
    );
    expect(theirs).toMatchObject({ status: 404, body: { error: { type: 'not_found', code: 'key_not_found' } } });
    expectDocumented(operation, theirs!);
    expect(masked(theirs!, stranger.manager.id)).toBe(masked(nobodys!, missing));
    expect(ownHeaders(theirs!)).toEqual(ownHeaders(nobodys!));
  });

  test('refuses an id that cannot be one, and names the parameter', async () => {
    const response = await api.send({ ...sampleRequest(operation, 'key_!'), key: organization.manager.key });
    expect(response).toMatchObject({
      status: 400,
      body: { error: { errors: [{ path: 'id', message: 'must be key_ and 8 to 64 letters and digits' }] } },
    });
    expectDocumented(operation, response);
  });
});

describe.each(withBody)('$id', (operation) => {
  test.each([
    { what: 'malformed JSON', body: '{"name": ', status: 400, code: 'malformed_json' },
    { what: 'JSON nested 33 levels deep', body: nested(33), status: 400, code: 'malformed_json' },
    { what: 'JSON nested 8,000 levels deep', body: nested(8000), status: 400, code: 'malformed_json' },
    { what: 'JSON nested 32 levels deep that is no object', body: nested(32), status: 400, code: 'invalid_request' },
    { what: 'an unpaired surrogate', body: String.raw`{"name":"\ud800"}`, status: 400, code: 'malformed_json' },
    { what: 'a name twice', body: String.raw`{"name":"a","n\u0061me":"b"}`, status: 400, code: 'malformed_json' },
    { what: 'a name twice, deep inside', body: '[{"a":[{"b":1,"b":1}]}]', status: 400, code: 'malformed_json' },
    { what: 'a text', body: '"text"', status: 400, code: 'invalid_request' },
    { what: 'an array', body: '[]', status: 400, code: 'invalid_request' },
    { what: 'null', body: 'null', status: 400, code: 'invalid_request' },
    { what: '16,385 bytes', body: `{"name":"${'x'.repeat(16_385 - 11)}"}`, status: 413, code: 'body_too_large' },
  ])('refuses $what', async ({ body, status, code }) => {
    await expectError({ body }, status, code);
  });

  test('refuses a body that is not UTF-8', async () => {
    const response = await sendRaw(
      { ...sampleRequest(operation, organization.manager.id), body: Buffer.from('{"name":"\xe9"}', 'latin1') },
      [`Bearer ${organization.manager.key}`],
    );
    expect(response).toMatchObject({ status: 400, body: { error: { code: 'malformed_json' } } });
    expectDocumented(operation, response);
  });

  test('refuses a field that it does not have, and names it', async () => {
    const body = { ...(sampleRequest(operation, '').body as object), colour: 'red' };
    const response = await expectError({ body }, 400, 'invalid_request');
    expect(response.body.error.errors).toEqual([{ path: '/colour', message: 'is not a field of this request' }]);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', ''])(
    'refuses a body of the content type %j',
    async (type) => {
      await expectError({ headers: { 'Content-Type': type } }, 415, 'content_type_not_supported');
    },
  );

  test('takes the content type with its charset', async () => {
    const { id } = await organization.createKey({ scopes: SCOPES });
    const request = sampleRequest(operation, id);
    const body = {
      ...(request.body as object),
      ...('name' in (request.body as object) && { name: `With charset ${id}` }),
    };
    const response = await api.send({
      ...request,
      body,
      key: organization.manager.key,
      headers: { 'Content-Type': 'Application/JSON;charset="UTF-8"' },
    });
    expect(response.status).toBeLessThan(300);
  });

  test('refuses a compressed body', async () => {
    const sample = sampleRequest(operation, organization.manager.id);
    const response = await sendRaw(
      { ...sample, body: gzipSync(JSON.stringify(sample.body)), headers: { 'Content-Encoding': 'gzip' } },
      [`Bearer ${organization.manager.key}`],
    );
    expect(response).toMatchObject({ status: 415, body: { error: { code: 'content_encoding_not_supported' } } });
    expectDocumented(operation, response);
  });

  test('does not read the body of a stranger', async () => {
    const response = await api.send({ ...sampleRequest(operation, organization.manager.id), body: '{' });
    expect(response.status).toBe(401);
  });

  async function expectError(change: object, status: number, code: string): Promise<TestResponse> {
    const request = { ...sampleRequest(operation, organization.manager.id), ...change };
    const response = await api.send({ ...request, key: organization.manager.key });
    expect(response).toMatchObject({ status, body: { error: { code } } });
    expectDocumented(operation, response);
    return response;
  }
});

describe.each(paths)('$path', ({ path, methods }) => {
  const concrete = path.replace('{id}', 'key_Pe5hI9jKw2nQ8rTx');
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].toSorted().join(', ');
  const others = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'PROPFIND'].filter((method) => !methods.includes(method));

  test.each(others)('has no %s, and says what it has', async (method) => {
    const response = await sendRaw({ method, path: concrete }, []);
    expect(response).toMatchObject({ status: 405, body: { error: { type: 'method_not_allowed' } } });
    expect(response.headers.get('allow')).toBe(allow);
  });

  test('answers OPTIONS to anybody, with its methods and nothing else', async () => {
    const response = await api.send({ method: 'OPTIONS', path: concrete });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe(allow);
    expect(response.text).toBe('');
  });

  test('is not reached by a trailing slash, another case or an encoded slash', async () => {
    for (const other of [
      `${concrete}/`,
      concrete.replace('organization', 'Organization'),
      concrete.replace('v1/', 'v1%2F'),
    ]) {
      const response = await api.send({ path: other, key: organization.manager.key });
      expect(response).toMatchObject({ status: 404, body: { error: { code: 'route_not_found', instance: other } } });
    }
  });
});

describe('HEAD', () => {
  test.each(operations.filter(({ method }) => method === 'get'))('is GET without a body for $id', async (operation) => {
    const { path } = sampleRequest(operation, organization.manager.id);
    const get = await api.send({ path, key: organization.manager.key });
    const head = await api.send({ method: 'HEAD', path, key: organization.manager.key });
    expect(head.status).toBe(get.status);
    expect(head.text).toBe('');
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    expect(ownHeaders(head)).toEqual(ownHeaders(get));
  });

  test.each(operations.filter(({ method }) => method === 'get'))(
    'is refused to strangers for $id',
    async (operation) => {
      const { path } = sampleRequest(operation, organization.manager.id);
      expect((await api.send({ method: 'HEAD', path })).status).toBe(401);
    },
  );
});

/** An answer without what may differ: the id of the request, and the key that was asked for. */
function masked({ text, body }: TestResponse, id: string): string {
  return text.replace(body.request_id, '').replace(id, '');
}

/** JSON arrays within each other. */
function nested(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`;
}

/** The names of the headers, but for those that say how long the connection is kept. */
function ownHeaders({ headers }: TestResponse): string[] {
  return [...headers.keys()].filter((name) => name !== 'connection' && name !== 'keep-alive');
}

/** Sends what fetch would not: a header twice, bytes, any method. */
async function sendRaw(
  { method = 'GET', path, body, headers }: { method?: string; path: string; body?: unknown; headers?: object },
  authorization: string[],
): Promise<TestResponse> {
  const payload = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpRequest(api.url + path, {
      method,
      agent: false,
      headers: {
        ...(authorization.length > 0 && { Authorization: authorization }),
        ...(payload !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
    });
    request.on('error', reject);
    request.on('response', async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      const fields = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]);
      resolve({ status: response.statusCode!, headers: new Headers(fields), text, body: JSON.parse(text) });
    });
    request.end(payload);
  });
}
