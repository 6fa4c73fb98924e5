import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { bearer, caller, FakeApi, secret } from '../test/fake-api.ts';

const root = new URL('..', import.meta.url);
const [, example] = /```ts\n(.*?)```/s.exec(readFileSync(new URL('README.md', root), 'utf8'))!;

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

test("the README's example runs, and a key opens it", async () => {
  const api = await FakeApi.start();
  const port = await freePort();
  // Without the exclamation marks it is JavaScript, which Node can be given as it is.
  const code = example!.replace('http://127.0.0.1:3000', api.url).replace('3001', String(port)).replaceAll('!,', ',');
  child = spawn(
    process.execPath,
    ['--conditions=@signa/source', '--import', 'tsx', '--input-type=module', '--eval', code],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, RESOURCE_SERVER_ID: 'rs_Yt4dF8kLq2wX6zNb', RESOURCE_SERVER_SECRET: secret },
    },
  );
  const ask = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/trademarks`, { headers });
  while ((await ask({}).catch(() => null)) === null) await sleep(50);
  expect((await ask({})).status).toBe(401);
  expect(await (await ask(bearer)).json()).toEqual(caller);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
