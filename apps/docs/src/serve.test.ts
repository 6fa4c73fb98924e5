import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

const script = fileURLToPath(new URL('./serve.ts', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signa-docs-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>reference</title>');
  await writeFile(join(folder, 'content-security-policy.txt'), "default-src 'none'");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function start(port: string, page = folder) {
  const child = spawn(process.execPath, ['--import', 'tsx', script, page], {
    env: { ...process.env, DOCS_PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exit = once(child, 'close').then(([code]) => ({ code: code as number | null, errors }));
  return { child, exit };
}

async function takenPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: String((server.address() as AddressInfo).port), free: () => server.close() };
}

test.each(['SIGTERM', 'SIGINT'] as const)('the page is served with its policy until %s', async (signal) => {
  const { port, free } = await takenPort();
  free();
  const { child, exit } = start(port);
  const [greeting] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const [address] = /http:\S+/.exec(greeting)!;

  const response = await fetch(address);
  expect(response.headers.get('content-security-policy')).toBe("default-src 'none'");
  expect(await response.text()).toContain('<title>reference</title>');

  child.kill(signal);
  expect(await exit).toEqual({ code: 0, errors: '' });
});

test.each(['0', '65536', '80a', '-1', '8080.5'])('DOCS_PORT=%s is answered with one sentence', async (port) => {
  const { code, errors } = await start(port).exit;
  expect(errors).toBe(`DOCS_PORT is "${port}", but must be a whole number from 1 to 65535.\n`);
  expect(code).toBe(1);
});

test('a port in use is answered with one sentence', async () => {
  const { port, free } = await takenPort();
  onTestFinished(() => void free());
  const { code, errors } = await start(port).exit;
  expect(errors).toBe(`Port ${port} is in use. Free it, or set DOCS_PORT to another one.\n`);
  expect(code).toBe(1);
});

test('a page that is not built is answered with the command that builds it', async () => {
  const { code, errors } = await start('8080', join(folder, 'nothing')).exit;
  expect(errors).toContain('npm run build -w @signa/docs');
  expect(code).toBe(1);
});
