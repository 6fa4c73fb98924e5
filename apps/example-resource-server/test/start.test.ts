import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Program } from './programs.ts';

/** Never a live one: it does not pass the checksum. */
const credential = { RESOURCE_SERVER_ID: 'rs_Yt4dF8kLq2wX6zNb', RESOURCE_SERVER_SECRET: `sigrs_${'b'.repeat(52)}` };

function start(env: Record<string, string>): Program {
  const example = Program.ours('apps/example-resource-server/src/main.ts', env);
  onTestFinished(async () => void (await example.stop()));
  return example;
}

test('what is missing is told in sentences, and ends it with 2', async () => {
  const example = start({});
  expect(await example.exited).toBe(2);
  expect(example.output.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^RESOURCE_SERVER_ID is not set.*\.$/),
    expect.stringMatching(/^RESOURCE_SERVER_SECRET is not set.*\.$/),
  ]);
});

test('a wrong port is named with what is allowed', async () => {
  const example = start({ ...credential, EXAMPLE_PORT: '80a' });
  expect(await example.exited).toBe(1);
  expect(example.output).toMatch(/^EXAMPLE_PORT is "80a", but must be a whole number from 0 to 65535.*\.\n$/);
});

test('a busy port is told in one sentence', async () => {
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  onTestFinished(() => void busy.close());
  const { port } = busy.address() as AddressInfo;
  const example = start({ ...credential, EXAMPLE_PORT: String(port) });
  expect(await example.exited).toBe(1);
  expect(example.output).toMatch(new RegExp(`^Port ${port} is in use\\. .*EXAMPLE_PORT.*\\.\n$`));
});

test('it ends with 0 when it is told to stop, and tells the operator when the API does not answer', async () => {
  const example = start({ ...credential, EXAMPLE_PORT: '0', SIGNA_BASE_URL: 'http://127.0.0.1:4' });
  const [, url] = await example.says(/is at (http:\S+)/);
  const response = await fetch(`${url}/trademarks?q=a`, { headers: { Authorization: 'Bearer a' } });
  expect(response.status).toBe(503);
  await example.says(/A key could not be checked \(unreachable\)/);
  expect(await example.stop()).toBe(0);
});
