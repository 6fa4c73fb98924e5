import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { describe, expect } from 'vitest';
import { clientOf, it } from './workbench.ts';

const docsAreBuilt = existsSync(new URL('../../docs/dist/index.html', import.meta.url));

const ALL_SCOPES = ['trademarks:read', 'api-keys:manage', 'billing:read'];

describe.concurrent('a start that cannot be', () => {
  it('names every wrong variable at once, each on a line with its value and what is allowed', async ({ bench }) => {
    const env = {
      PORT: '80a',
      HOST: 'http://localhost',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://u:hunter2@db/signa',
    };
    const { code, stdout, stderr } = await bench.run({ env });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^PORT is "80a", but must be a whole number from 0 to 65535/),
      expect.stringMatching(/^HOST is "http:\/\/localhost", but must be/),
      expect.stringMatching(/^DATABASE_URL is set, but must be of the form postgres:/),
      expect.stringMatching(/^LOG_LEVEL is "loud", but must be one of .*debug, info/),
    ]);
    expect(stderr).not.toContain('hunter2');
    expect(existsSync(bench.dataDir)).toBe(false);
  });

  it('says that the port is in use, and has created no key by then', async ({ bench }) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      const { code, stdout, stderr } = await bench.run({ env: { PORT: String(port) } });
      expect(code).toBe(1);
      expect(stderr).toMatch(new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is in use.*PORT.*\n$`));
      expect(stdout).toBe('');
      expect(existsSync(bench.firstKeyFile)).toBe(false);
    } finally {
      other.close();
    }
  });

  it.for([
    ['an address of another machine', '192.0.2.1', /^192\.0\.2\.1 is not an address of this machine: set HOST/],
    ['a name that nobody has', 'nobody.invalid', /^The host name nobody\.invalid has no address: set HOST/],
  ] as const)('says what is wrong with %s', async ([, host, sentence], { bench }) => {
    const { code, stderr } = await bench.run({ env: { HOST: host } });
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('says in one sentence that the data folder is a file', async ({ bench }) => {
    writeFileSync(bench.dataDir, 'a file');
    const { code, stdout, stderr } = await bench.run({});
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^The database .* cannot be opened, because .*file where a folder is needed.*\n$/);
  });

  it('says in one sentence that the database is none', async ({ bench }) => {
    mkdirSync(bench.dataDir);
    const database = join(bench.dataDir, 'signa.db');
    writeFileSync(database, 'This is not a database. '.repeat(100));
    const { code, stdout, stderr } = await bench.run({});
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^The database .* cannot be opened, because it is not an SQLite database.*\n$/);
    expect(readFileSync(database, 'utf8')).toContain('This is not a database.');
  });

  it('says in one sentence that the data folder cannot be written to', async ({ bench }) => {
    // Nobody, root included, can create anything there.
    const { code, stdout, stderr } = await bench.run({ env: { DATA_DIR: '/proc/signa' } });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^The database \/proc\/signa\/signa\.db cannot be opened, because .*\n$/);
  });

  it('creates no key that it cannot hand over', async ({ bench }) => {
    mkdirSync(bench.firstKeyFile, { recursive: true });
    const { code, stderr } = await bench.run({});
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The first API key cannot be written to .*first-key \(.*\)\.\n$/);
    rmSync(bench.firstKeyFile, { recursive: true });
    expect(JSON.parse((await bench.admin('orgs', 'list', '--json')).stdout)).toEqual({ object: 'list', data: [] });
  });
});

describe.concurrent('the first start without a terminal', () => {
  it('writes a key with all scopes into a file for its owner alone, and says where', async ({ bench }) => {
    const server = await bench.start();
    const path = bench.firstKeyFile;
    expect(readFileSync(path, 'utf8')).toMatch(/^sig_[0-9a-f]{52}\n$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(bench.dataDir).mode & 0o777).toBe(0o700);
    expect(server.log).toContainEqual(
      expect.objectContaining({ level: 'warn', file: path, msg: expect.stringContaining('first API key') }),
    );

    const { data } = await clientOf(server, bench.firstKey).GET('/v1/organization');
    expect(data).toMatchObject({ org_name: 'My organization', api_key: { name: 'First key', expires_at: null } });
    expect(data!.api_key.scopes.toSorted()).toEqual(ALL_SCOPES.toSorted());
  });

  it('is the only one that creates a key; later ones remind of the file until it is gone', async ({ bench }) => {
    const first = await bench.start();
    const key = bench.firstKey;
    first.kill('SIGTERM');
    expect(await first.exited).toBe(0);

    const second = await bench.start();
    expect(bench.firstKey).toBe(key);
    expect(second.log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        file: bench.firstKeyFile,
        msg: expect.stringContaining('still'),
      }),
    );
    second.kill('SIGTERM');
    await second.exited;

    rmSync(bench.firstKeyFile);
    const third = await bench.start();
    expect(existsSync(bench.firstKeyFile)).toBe(false);
    expect(third.log.filter(({ level }) => level !== 'info')).toEqual([]);
    expect((await clientOf(third, key).GET('/v1/organization')).response.status).toBe(200);
  });

  it('replaces the file of a start that died before its commit', async ({ bench }) => {
    mkdirSync(bench.dataDir);
    const path = bench.firstKeyFile;
    writeFileSync(path, 'sig_of_a_key_that_never_was\n');
    chmodSync(path, 0o644);
    const server = await bench.start();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await clientOf(server, bench.firstKey).GET('/v1/organization')).response.status).toBe(200);
  });

  it('happens once when two processes start on one empty folder', async ({ bench }) => {
    const servers = await Promise.all([bench.start(), bench.start()]);
    const { stdout } = await bench.admin('orgs', 'list', '--json');
    expect((JSON.parse(stdout) as { data: unknown[] }).data).toHaveLength(1);
    for (const server of servers) {
      expect((await clientOf(server, bench.firstKey).GET('/v1/organization')).response.status).toBe(200);
    }
  });

  it('takes a relative DATA_DIR from the folder in which the process was started', async ({ bench }) => {
    await bench.start({ cwd: bench.folder, env: { DATA_DIR: './data' } });
    expect(existsSync(bench.firstKeyFile)).toBe(true);
  });
});

describe.concurrent('a running server', () => {
  it('says that it lives and is ready, and describes itself', async ({ bench }) => {
    const server = await bench.start();
    for (const path of ['/health/live', '/health/ready']) {
      const response = await fetch(server.url + path);
      expect([path, response.status, await response.json()]).toEqual([path, 200, { status: 'ok' }]);
    }
    const description = (await (await fetch(`${server.url}/v1/openapi.json`)).json()) as { openapi: string };
    expect(description.openapi).toMatch(/^3\.1\./);
  });

  it.skipIf(!docsAreBuilt)(
    'shows the reference docs under their own policy (skipped when they are not built)',
    async ({ bench }) => {
      const server = await bench.start();
      const response = await fetch(`${server.url}/docs`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await response.text()).toMatch(/^<!doctype html>/i);
    },
  );

  it('works without the reference docs, and says so', async ({ bench }) => {
    const notBuilt = `import m from 'node:module';
      const resolve = m._resolveFilename;
      m._resolveFilename = (name, ...rest) => resolve(name.startsWith('@signa/docs/') ? '@signa/docs/missing' : name, ...rest);`;
    const server = await bench.start({ node: ['--import', `data:text/javascript,${encodeURIComponent(notBuilt)}`] });
    expect(server.log).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: expect.stringContaining('The reference docs are not built') }),
    );
    expect((await fetch(`${server.url}/docs`)).status).toBe(404);
  });

  it('logs each request as a line of JSON, without what a secret could be in', async ({ bench }) => {
    const server = await bench.start();
    const client = clientOf(server, bench.firstKey);
    const { data } = await client.POST('/v1/organization/api-keys', {
      body: { name: 'Nightly', scopes: ['billing:read'] },
    });
    await fetch(`${server.url}/v1/organization/${data!.key}?key=${data!.key}`, {
      headers: { Authorization: `Bearer ${data!.key}`, 'X-Key': data!.key },
    });
    await server.says('route_not_found');
    expect(server.log).toContainEqual({
      level: 'info',
      time: expect.any(String),
      request_id: data!.request_id,
      method: 'POST',
      operation: 'createApiKey',
      path: '/v1/organization/api-keys',
      api_key_id: expect.stringMatching(/^key_/),
      status: 201,
      error_code: null,
      duration_ms: expect.any(Number),
      msg: 'request',
    });
    expect(server.stdout).not.toContain('Nightly');
  });

  it('limits failed authentications for each client address that a trusted proxy names', async ({ bench }) => {
    const server = await bench.start({ env: { RATE_LIMIT_FAILED_AUTHENTICATIONS: '1', TRUST_PROXY: 'loopback' } });
    const statusFor = async (address: string) =>
      (await fetch(`${server.url}/v1/organization`, { headers: { 'X-Forwarded-For': address } })).status;
    const statuses = [];
    // More than two, so that a minute may begin among them.
    for (let sent = 0; sent < 4; sent++) statuses.push(await statusFor('192.0.2.1'));
    expect(statuses).toContain(429);
    expect(await statusFor('192.0.2.2')).toBe(401);
  });

  it('keeps to LOG_LEVEL', async ({ bench }) => {
    const server = bench.spawn({ env: { LOG_LEVEL: 'warn' } });
    await server.says('The first API key is in a file');
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    expect(server.log.map(({ level }) => level)).toEqual(['warn']);
  });

  it('goes on when nobody reads its log any more', async ({ bench }) => {
    const server = await bench.start();
    server.closeStdout();
    const client = clientOf(server, bench.firstKey);
    for (let i = 0; i < 3; i++) expect((await client.GET('/v1/organization')).response.status).toBe(200);
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
  });

  it.for([
    ['an exception', `throw new Error('boom sig_0000${'f'.repeat(48)}')`],
    ['a rejection', `Promise.reject(new Error('boom sig_0000${'f'.repeat(48)}'))`],
  ])('logs %s that nobody handles, and ends with 1', async ([, statement], { bench }) => {
    const server = await bench.start({
      node: ['--import', `data:text/javascript,process.on('SIGUSR2',()=>{${statement}})`],
    });
    server.kill('SIGUSR2');
    expect(await server.exited).toBe(1);
    expect(server.log.at(-1)).toMatchObject({
      level: 'error',
      err: { type: 'Error', message: 'boom sig_0000…', stack: expect.any(String) },
      msg: expect.stringContaining('unexpected error'),
    });
  });
});
