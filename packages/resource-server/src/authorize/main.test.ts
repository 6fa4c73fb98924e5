import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { bearer, FakeApi, secret, token } from '../../test/fake-api.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

class AuthorizeProcess {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly exited: Promise<number | string>;

  constructor(env: Record<string, string>) {
    const { PATH, HOME } = process.env;
    const args = ['--conditions=@signa/source', '--import', TSX, MAIN];
    const wanted = {
      PATH,
      HOME,
      AUTHORIZE_PORT: '0',
      RESOURCE_SERVER_ID: 'rs_Yt4dF8kLq2wX6zNb',
      RESOURCE_SERVER_SECRET: secret,
    };
    this.child = spawn(process.execPath, args, { cwd: tmpdir(), env: { ...wanted, ...env } });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = once(this.child, 'close').then(([code, signal]) => code ?? signal);
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.exited;
      // Whatever a test was about.
      expect(this.stdout + this.stderr).not.toMatch(/sig(rs)?_[0-9a-f]{5}/);
    });
  }

  async ready(): Promise<string> {
    for (;;) {
      const url = /"url":"([^"]+)"/.exec(this.stdout)?.[1];
      if (url !== undefined) return url;
      if (this.child.exitCode !== null) throw new Error(this.stdout + this.stderr);
      await sleep(10);
    }
  }

  get log(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

test('it answers until SIGTERM, finishes what was accepted then, and ends with 0', async () => {
  const api = await FakeApi.start();
  const server = new AuthorizeProcess({ SIGNA_BASE_URL: api.url });
  const url = await server.ready();
  const ask = () => fetch(`${url}/authorize?scope=trademarks:read`, { headers: bearer });
  expect((await ask()).status).toBe(204);

  let finish = () => {};
  const answer = api.answer;
  const arrived = new Promise<void>((resolve) => {
    api.answer = (response) => {
      finish = () => answer(response);
      resolve();
    };
  });
  const underWay = ask();
  await arrived;
  server.child.kill('SIGTERM');
  while (!server.stdout.includes('Stopping')) await sleep(10);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  finish();
  expect((await underWay).status).toBe(204);
  expect(await server.exited).toBe(0);
  expect(server.log.at(-1)).toMatchObject({ level: 'info', msg: 'Stopped.' });
});

test('the log tells why nobody is admitted, without a secret', async () => {
  const server = new AuthorizeProcess({ SIGNA_BASE_URL: 'http://127.0.0.1:4' });
  const url = await server.ready();
  for (let i = 0; i < 3; i++) {
    const response = await fetch(`${url}/authorize?scope=trademarks:read`, { headers: bearer });
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain(token);
  }
  expect(server.log.slice(1)).toMatchObject([
    { level: 'error', reason: 'unreachable', cause: 'ECONNREFUSED', refused: 1 },
  ]);
});

test('what is wrong with the environment is told in sentences, and ends it with 2', async () => {
  const server = new AuthorizeProcess({ AUTHORIZE_PORT: 'x', RESOURCE_SERVER_ID: '', RESOURCE_SERVER_SECRET: token });
  expect(await server.exited).toBe(2);
  expect(server.stdout).toBe('');
  expect(server.stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^AUTHORIZE_PORT is "x", but must be .*\.$/),
    expect.stringMatching(/^RESOURCE_SERVER_ID is not set: .*\.$/),
    expect.stringMatching(/^RESOURCE_SERVER_SECRET must be .*\.$/),
  ]);
});

test('a busy port is told in one sentence, and ends it with 1', async () => {
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  onTestFinished(() => void busy.close());
  const { port } = busy.address() as AddressInfo;
  const server = new AuthorizeProcess({ AUTHORIZE_PORT: String(port) });
  expect(await server.exited).toBe(1);
  expect(server.stderr).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is in use: .*AUTHORIZE_PORT.*\\.\n$`));
});
