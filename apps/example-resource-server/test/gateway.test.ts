import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request as sendRaw } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { nginxFound, startNginx, whySkipped } from './nginx.ts';
import { freePort, Program } from './programs.ts';

// The programs as people run them: the API with its operator's commands, the example, signa-authorize, and nginx.
const API = 'apps/api/src/main.ts';
const EXAMPLE = 'apps/example-resource-server/src/main.ts';
const AUTHORIZE = 'packages/resource-server/src/authorize/main.ts';

const folder = mkdtempSync(join(tmpdir(), 'signa-gateway-'));
const dataDir = join(folder, 'data');
const secretFile = join(folder, 'resource-server-secret');
const programs: Program[] = [];

let api: { url: string; program: Program };
let firstKey: string;
let resourceServerId: string;
let example: Program;
let exampleUrl: string;

/** A service behind nginx that checks nothing, and tells what reached it. */
const service = createServer((request, response) => {
  reached.push(request.headers);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }));
});
const reached: IncomingHttpHeaders[] = [];
let nginx: Awaited<ReturnType<typeof startNginx>> | undefined;
let authorize: Program;

beforeAll(async () => {
  const port = await freePort();
  api = { url: `http://127.0.0.1:${port}`, program: await startApi(port) };
  firstKey = readFileSync(join(dataDir, 'first-key'), 'utf8').trim();

  const words = ['--name', 'Search', '--scope', 'trademarks:read', '--out', secretFile, '--json'];
  [resourceServerId] = /rs_\w+/.exec(await admin('resource-servers', 'create', ...words))!;
  const env = {
    SIGNA_BASE_URL: api.url,
    RESOURCE_SERVER_ID: resourceServerId,
    RESOURCE_SERVER_SECRET_FILE: secretFile,
  };
  example = Program.ours(EXAMPLE, { ...env, EXAMPLE_PORT: '0' });
  authorize = Program.ours(AUTHORIZE, { ...env, AUTHORIZE_PORT: '0' });
  programs.push(example, authorize);
  [, exampleUrl] = (await example.says(/is at (http:\S+)/)) as [string, string];
  const [, authorizeAddress] = await authorize.says(/"url":"http:\/\/([^"]+)"/);

  const { key } = await createKey('trademarks:read');
  await untilAdmitted(exampleUrl, key);

  if (nginxFound) {
    await once(service.listen(0, '127.0.0.1'), 'listening');
    const { port: servicePort } = service.address() as AddressInfo;
    nginx = await startNginx(authorizeAddress!, `127.0.0.1:${servicePort}`);
    programs.push(nginx.program);
  }
});

afterAll(async () => {
  await nginx?.stop();
  service.close();
  service.closeAllConnections();
  for (const program of programs) await program.stop();
  rmSync(folder, { recursive: true, force: true });
  // Whatever a test was about: nobody has told a secret.
  for (const { output } of programs) expect(output).not.toMatch(/sig(rs)?_[0-9a-f]{5}/);
});

/** Runs an operator's command beside the running API. */
async function admin(...words: string[]): Promise<string> {
  const command = Program.ours(API, { DATA_DIR: dataDir }, 'admin', ...words);
  programs.push(command);
  expect([await command.exited, command.output]).toEqual([0, expect.anything()]);
  return command.output;
}

async function startApi(port: number): Promise<Program> {
  const program = Program.ours(API, { DATA_DIR: dataDir, PORT: String(port) });
  programs.push(program);
  await program.says(/"Ready\."/);
  return program;
}

let created = 0;

async function createKey(scope: string): Promise<{ id: string; key: string }> {
  const response = await fetch(`${api.url}/v1/organization/api-keys`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${firstKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: `Key ${(created += 1)}`, scopes: [scope] }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { id: string; key: string };
}

async function revokeKey(id: string): Promise<void> {
  const headers = { Authorization: `Bearer ${firstKey}` };
  const response = await fetch(`${api.url}/v1/organization/api-keys/${id}`, { method: 'DELETE', headers });
  expect(response.status).toBe(200);
}

interface Answer {
  readonly status: number;
  readonly challenge: string | null;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown>;
}

async function search(url: string, key?: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}/trademarks?q=lumor`, {
    headers: { ...headers, ...(key !== undefined && { Authorization: `Bearer ${key}` }) },
  });
  expect(response.headers.get('Content-Type')).toMatch(/^application\/json/);
  return {
    status: response.status,
    challenge: response.headers.get('WWW-Authenticate'),
    retryAfter: response.headers.get('Retry-After'),
    body: (await response.json()) as Record<string, unknown>,
  };
}

/** The API's first answer after a start takes longest; on a busy machine longer than its askers wait. */
async function untilAdmitted(url: string, key: string): Promise<void> {
  await vi.waitFor(async () => expect((await search(url, key)).status).toBe(200), { timeout: 20_000, interval: 100 });
}

/** What holds at every door. */
function guarantees(door: () => string): void {
  test('a key with the scope is admitted', async () => {
    const { key } = await createKey('trademarks:read');
    expect((await search(door(), key)).status).toBe(200);
  });

  test('a key without the scope is refused, and told which', async () => {
    const { key } = await createKey('billing:read');
    expect(await search(door(), key)).toMatchObject({
      status: 403,
      challenge: 'Bearer realm="signa", error="insufficient_scope", scope="trademarks:read"',
      body: { error: 'insufficient_scope' },
    });
  });

  test('no key and a wrong key are refused', async () => {
    expect(await search(door())).toMatchObject({ status: 401, challenge: 'Bearer realm="signa"' });
    for (const wrong of ['x', `sig_${'a'.repeat(52)}`, firstKey.toUpperCase()]) {
      expect(await search(door(), wrong)).toMatchObject({
        status: 401,
        challenge: 'Bearer realm="signa", error="invalid_token"',
      });
    }
  });

  test('the very next request after a revocation is refused', async () => {
    const { id, key } = await createKey('trademarks:read');
    for (let i = 0; i < 3; i++) expect((await search(door(), key)).status).toBe(200);
    await revokeKey(id);
    expect(await search(door(), key)).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="signa", error="invalid_token"',
    });
  });

  test('while the API is stopped nobody is admitted, and then whoever was before', async () => {
    const { key } = await createKey('trademarks:read');
    const revoked = await createKey('trademarks:read');
    await revokeKey(revoked.id);
    expect((await search(door(), key)).status).toBe(200);

    expect(await api.program.stop()).toBe(0);
    try {
      for (const presented of [key, revoked.key]) {
        expect(await search(door(), presented)).toMatchObject({
          status: 503,
          challenge: null,
          retryAfter: '5',
          body: { error: 'temporarily_unavailable' },
        });
      }
      expect((await search(door())).status).toBe(401);
    } finally {
      api.program = await startApi(Number(new URL(api.url).port));
    }
    await untilAdmitted(door(), key);
    expect((await search(door(), revoked.key)).status).toBe(401);
  });
}

describe('through the middleware', () => {
  guarantees(() => exampleUrl);

  test('the search finds what it should, and knows whose request it is', async () => {
    const { key } = await createKey('trademarks:read');
    const { body } = await search(exampleUrl, key);
    expect(body).toMatchObject({ organization_id: expect.stringMatching(/^orgn_/) });
    expect((body['data'] as { mark: string }[]).map(({ mark }) => mark)).toEqual(['Lumora', 'Lumorea']);
  });

  test('the search says what it needs', async () => {
    const { key } = await createKey('trademarks:read');
    for (const [path, status] of [
      ['/trademarks', 400],
      ['/trademarks?q=', 400],
      ['/trademarks?q=a&q=b', 400],
      ['/', 404],
    ] as const) {
      const response = await fetch(exampleUrl + path, { headers: { Authorization: `Bearer ${key}` } });
      expect([path, response.status, await response.json()]).toEqual([
        path,
        status,
        expect.objectContaining({ error: expect.any(String) }),
      ]);
    }
  });
});

describe.skipIf(!nginxFound)(`through nginx${whySkipped}`, () => {
  const door = () => nginx!.url;
  guarantees(door);

  test('the service is told who calls, whatever the client says, and never gets the key', async () => {
    const { id, key } = await createKey('trademarks:read');
    const forged = {
      'X-Signa-Key-Id': 'key_forged',
      'x-signa-organization-id': 'orgn_forged',
      'X-SIGNA-SCOPES': 'all',
    };
    const { body } = await search(door(), key, { ...forged, X_Signa_Key_Id: 'key_forged', Cookie: 'a=b' });
    expect(body).toMatchObject({
      url: '/trademarks?q=lumor',
      headers: {
        cookie: 'a=b',
        'x-signa-key-id': id,
        'x-signa-organization-id': expect.stringMatching(/^orgn_\w{16,}$/),
        'x-signa-scopes': 'trademarks:read',
      },
    });
    expect(JSON.stringify(body)).not.toContain('forged');
    expect(JSON.stringify(body)).not.toContain(key);
  });

  test('a request that is refused does not reach the service', async () => {
    const { key } = await createKey('billing:read');
    reached.length = 0;
    for (const presented of [undefined, 'x', key]) await search(door(), presented, { 'X-Signa-Key-Id': 'key_forged' });
    expect(reached).toEqual([]);
  });

  test('two Authorization headers are refused', async () => {
    const { key } = await createKey('trademarks:read');
    const twice = ['Host', 'x', 'Authorization', `Bearer ${key}`, 'Authorization', `Bearer ${key}`];
    const [response] = await once(sendRaw(`${door()}/trademarks`, { headers: twice }).end(), 'response');
    response.resume();
    // nginx itself refuses them since 1.22.1; before, signa-authorize does.
    expect([400, 401]).toContain(response.statusCode);
  });

  test('the body of a request arrives', async () => {
    const { key } = await createKey('trademarks:read');
    const headers = { Authorization: `Bearer ${key}` };
    const response = await fetch(`${door()}/trademarks`, { method: 'POST', headers, body: 'x'.repeat(200_000) });
    expect(await response.json()).toMatchObject({ method: 'POST', headers: { 'content-length': '200000' } });
  });

  test.each([
    '/',
    '/other',
    '/_signa/trademarks:read',
    '/_signa/trademarks%3Aread',
    '/authorize?scope=trademarks:read',
  ])('%s is no way in', async (path) => {
    const { key } = await createKey('trademarks:read');
    reached.length = 0;
    expect((await fetch(door() + path, { headers: { Authorization: `Bearer ${key}` } })).status).toBe(404);
    expect(reached).toEqual([]);
  });

  test('an address that floods is refused before anything is asked, and later admitted again', async () => {
    const { key } = await createKey('trademarks:read');
    const flood = await Promise.all(Array.from({ length: 600 }, () => search(door(), 'x')));
    const refused = flood.filter(({ status }) => status === 429);
    expect(new Set(flood.map(({ status }) => status))).toEqual(new Set([401, 429]));
    expect(refused.every(({ retryAfter }) => retryAfter === '1')).toBe(true);
    await untilAdmitted(door(), key);
  });

  // The last one: signa-authorize does not come back.
  test('without signa-authorize nobody is admitted', async () => {
    const { key } = await createKey('trademarks:read');
    expect((await search(door(), key)).status).toBe(200);
    expect(await authorize.stop()).toBe(0);
    expect(await search(door(), key)).toMatchObject({ status: 503, retryAfter: '5' });
  });
});

// The last one: nothing can be checked with this credential any more.
test('with a credential that an operator has revoked nobody is admitted, and the operator is told why', async () => {
  const { key } = await createKey('trademarks:read');
  expect((await search(exampleUrl, key)).status).toBe(200);
  await admin('resource-servers', 'revoke', '--id', resourceServerId);
  expect(await search(exampleUrl, key)).toMatchObject({ status: 503, challenge: null, retryAfter: '5' });
  expect(example.output).toContain('credential_refused');
});
