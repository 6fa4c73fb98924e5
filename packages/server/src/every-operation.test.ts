import { type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from './contract/operations.ts';
import { SCOPES } from './index.ts';
import { basic, bearer } from './testing/credentials.ts';
import { expectDocumented } from './testing/documented.ts';
import { expectErrorOf } from './testing/expect-error.ts';
import { addQuery, operations, sampleRequest } from './testing/sample-requests.ts';
import { type Given, type Refusal, schemeOf } from './testing/schemes.ts';
import {
  type TestApi,
  type TestOrganization,
  type TestRequest,
  type TestResponse,
  encode,
  startApi,
} from './testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;
let given: Given;

beforeAll(async () => {
  // Two answers to one request are compared, so the requests of this test must not change what is answered.
  api = await startApi({
    requestLogs: { count: () => {}, record: () => {}, waiting: 0, dropped: 0, close: async () => {} },
  });
  organization = await api.createOrganization();
  given = { api, organization, resourceServer: await api.createResourceServer() };
});
afterAll(() => api.close());

const withId = operations.filter(({ path }) => path.includes('{id}'));
const withJson = operations.filter(({ body }) => body?.mediaType === 'application/json');
const withForm = operations.filter(({ body }) => body?.mediaType === 'application/x-www-form-urlencoded');
const withHeaders = operations.filter(({ parameters }) => parameters.some((parameter) => parameter.in === 'header'));
const scoped = operations.flatMap((operation) => operation.scopes.map((scope) => ({ ...operation, scope })));
const paths = [...new Set(operations.map(({ path }) => path))].map((path) => ({
  path,
  methods: operations.filter((operation) => operation.path === path).map(({ method }) => method.toUpperCase()),
}));

/** Sends an operation's own example as somebody who may call it, but for what is changed about it. */
function call(operation: Operation, change: object = {}, id = organization.manager.id): Promise<TestResponse> {
  const { headers, ...rest } = { headers: {}, ...change };
  return api.send({
    ...sampleRequest(operation, id),
    ...rest,
    headers: { Authorization: schemeOf(operation).valid(given), ...headers },
  });
}

describe.each(operations)('$id', (operation) => {
  const { valid, strangers, retired, ...refusals } = schemeOf(operation);
  const send = (headers: Record<string, string>) =>
    api.send({ ...sampleRequest(operation, organization.manager.id), headers });

  test('answers its own example as documented', async () => {
    const { id } = await organization.createKey({ scopes: SCOPES });
    const response = await call(operation, {}, id);
    expect(response.status).toBeLessThan(300);
    expectDocumented(operation, response);
  });

  test('refuses nobody', async () => {
    expectRefusal(await send({}), refusals.missing);
  });

  test.each(strangers)('refuses $who', async ({ authorization, refusal }) => {
    expectRefusal(await send({ Authorization: authorization(given) }), refusals[refusal]);
  });

  test('refuses a credential in the query string', async () => {
    const { path, ...rest } = sampleRequest(operation, organization.manager.id);
    const { id, secret } = given.resourceServer;
    const query = { access_token: organization.manager.key, client_id: id, client_secret: secret };
    const response = await api.send({ ...rest, path: addQuery(path, query) });
    expectRefusal(response, refusals.missing);
  });

  test('refuses two Authorization headers, even two valid ones', async () => {
    const [first, second] = [bearer(organization.manager), basic(given.resourceServer)];
    const sample = sampleRequest(operation, organization.manager.id);
    const twice = [valid(given), valid(given)];
    const mixed = valid(given) === first ? [first, second] : [second, first];
    for (const headers of [twice, mixed]) expectRefusal(await sendRaw(sample, headers), refusals.refused);
  });

  test('refuses alike whoever is no caller any more', async () => {
    const responses = [];
    for (const authorization of await retired(given)) {
      const response = await send({ Authorization: authorization });
      expectRefusal(response, refusals.refused);
      responses.push(masked(response));
    }
    expect(new Set(responses).size).toBe(1);
  });

  function expectRefusal(response: TestResponse, { code, challenge }: Refusal): void {
    expectErrorOf(operation, response, 401, code);
    expect(response.headers.get('www-authenticate')).toBe(challenge);
  }

  test('refuses query parameters that it does not have, and names each', async () => {
    const { path } = sampleRequest(operation, organization.manager.id);
    const response = await call(operation, { path: addQuery(path, { colour: 'red', size: '1' }) });
    const fields = ['colour', 'size'].map((name) => ({ path: name, message: 'is not a parameter of this operation' }));
    expectErrorOf(operation, response, 400, 'invalid_request', fields);
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

describe.each(withHeaders)('$id', (operation) => {
  const names = operation.parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);

  test.each(names)('refuses the header %s when it is sent twice, even with one value', async (name) => {
    const request = { ...sampleRequest(operation, organization.manager.id), headers: { [name]: ['once', 'once'] } };
    expectNamed(name, await sendRaw(request, [schemeOf(operation).valid(given)]));
  });

  test.each(names)('refuses the header %s when it is wrong, and names it as the contract does', async (name) => {
    expectNamed(name, await call(operation, { headers: { [name]: '' } }));
  });

  function expectNamed(name: string, response: TestResponse): void {
    expectErrorOf(operation, response, 400, 'invalid_request');
    expect(response.body.error.errors.map(({ path }: { path: string }) => path)).toEqual([name]);
  }
});

describe.each([...withJson, ...withForm])('$id', (operation) => {
  const { mediaType } = operation.body!;
  const others = ['text/plain', 'application/json', 'application/x-www-form-urlencoded'].filter(
    (type) => type !== mediaType,
  );

  test.each([...others, `${mediaType}; charset=latin1`, `${mediaType}x`, ''])(
    'refuses a body of the content type %j',
    async (type) => {
      const response = await call(operation, { headers: { 'Content-Type': type } });
      expectErrorOf(operation, response, 415, 'content_type_not_supported');
    },
  );

  test('takes the content type with its charset', async () => {
    const { id } = await organization.createKey({ scopes: SCOPES });
    const body = sampleRequest(operation, id).body as object;
    const response = await call(
      operation,
      {
        body: { ...body, ...('name' in body && { name: `With charset ${id}` }) },
        headers: { 'Content-Type': `${mediaType.toUpperCase()};charset="UTF-8"` },
      },
      id,
    );
    expect(response.status).toBeLessThan(300);
  });

  test('refuses a compressed body', async () => {
    const { body, ...sample } = sampleRequest(operation, organization.manager.id);
    const compressed = { ...sample, body: gzipSync(encode(mediaType, body)), headers: { 'Content-Encoding': 'gzip' } };
    const response = await sendRaw(compressed, [schemeOf(operation).valid(given)]);
    expectErrorOf(operation, response, 415, 'content_encoding_not_supported');
  });

  test('does not read the body of a stranger', async () => {
    const response = await api.send({ ...sampleRequest(operation, organization.manager.id), body: '{' });
    expect(response.status).toBe(401);
  });
});

describe.each(withJson)('$id', (operation) => {
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
  ] as const)('refuses $what', async ({ body, status, code }) => {
    expectErrorOf(operation, await call(operation, { body }), status, code);
  });

  test('refuses a body that is not UTF-8', async () => {
    const body = Buffer.from('{"name":"\xe9"}', 'latin1');
    const request = { ...sampleRequest(operation, organization.manager.id), body };
    expectErrorOf(operation, await sendRaw(request, [schemeOf(operation).valid(given)]), 400, 'malformed_json');
  });

  test('refuses a field that it does not have, and names it', async () => {
    const body = { ...(sampleRequest(operation, '').body as object), colour: 'red' };
    const fields = [{ path: '/colour', message: 'is not a field of this request' }];
    expectErrorOf(operation, await call(operation, { body }), 400, 'invalid_request', fields);
  });
});

describe.each(withForm)('$id', (operation) => {
  const sample = sampleRequest(operation, '').body as Record<string, string>;
  const [first] = Object.keys(sample);

  test('ignores a parameter that it does not have, one that JavaScript has a use for included', async () => {
    for (const name of ['colour', '__proto__', 'constructor']) {
      const response = await call(operation, { body: `${new URLSearchParams(sample)}&${name}=red` });
      expect(response.status).toBeLessThan(300);
    }
  });

  test.each([
    { which: 'that it has', name: first!, again: `${first}=x` },
    { which: 'that it has, once without a value', name: first!, again: `${first}` },
    { which: 'that it does not have', name: 'colour', again: 'colour=red&colour=blue' },
  ])('refuses a parameter $which when it is there twice, and names it', async ({ name, again }) => {
    const response = await call(operation, { body: `${new URLSearchParams(sample)}&${again}` });
    const fields = [{ path: name, message: 'must not be sent twice' }];
    expectErrorOf(operation, response, 400, 'invalid_request', fields);
  });

  test('takes a parameter without a value for one that was left out', async () => {
    const names = Object.keys(sample);
    const required = operation.body!.schema['required'] as string[];
    for (const name of names) {
      const response = await call(operation, { body: { ...sample, [name]: '' } });
      if (!required.includes(name)) expect(response.status).toBeLessThan(300);
      else expectErrorOf(operation, response, 400, 'invalid_request', [{ path: name, message: 'is required' }]);
    }
  });

  test.each([
    { what: 'nothing', body: '', status: 400, code: 'invalid_request' },
    { what: 'JSON', body: '{"token":"x"}', status: 400, code: 'invalid_request' },
    { what: '16,385 bytes', body: `colour=${'x'.repeat(16_385 - 7)}`, status: 413, code: 'body_too_large' },
  ] as const)('refuses $what', async ({ body, status, code }) => {
    expectErrorOf(operation, await call(operation, { body }), status, code);
  });

  test('refuses a body that is not UTF-8', async () => {
    const body = Buffer.from(`${first}=\xe9`, 'latin1');
    const request = { ...sampleRequest(operation, organization.manager.id), body };
    expectErrorOf(operation, await sendRaw(request, [schemeOf(operation).valid(given)]), 400, 'invalid_request');
  });
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
    for (const other of [`${concrete}/`, concrete.replace('/o', '/O'), concrete.replace('v1/', 'v1%2F')]) {
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
function masked({ text, body }: TestResponse, id = ''): string {
  return text.replace(body.request_id ?? '', '').replace(id, '');
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
  {
    method = 'GET',
    path,
    type,
    body,
    headers,
  }: Omit<TestRequest, 'key' | 'headers'> & { headers?: OutgoingHttpHeaders },
  authorization: string[],
): Promise<TestResponse> {
  const payload = body === undefined || Buffer.isBuffer(body) ? body : encode(type!, body);
  return new Promise((resolve, reject) => {
    const request = httpRequest(api.url + path, {
      method,
      agent: false,
      headers: {
        ...(authorization.length > 0 && { Authorization: authorization }),
        ...(payload !== undefined && { 'Content-Type': type }),
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
