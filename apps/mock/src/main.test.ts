import { expect, onTestFinished, test } from 'vitest';
import { freePort, holdPort, startMock } from './testing/start-mock.ts';

function start(port: number | string) {
  const mock = startMock(port);
  onTestFinished(() => void mock.child.kill('SIGKILL'));
  return mock;
}

test.each(['SIGTERM', 'SIGINT'] as const)('it answers the command of its greeting until %s', async (signal) => {
  const port = await freePort();
  const { child, exit, started } = start(port);
  const [, address, token] = /curl (\S+) -H "Authorization: (.+)"/.exec(await started)!;

  const response = await fetch(address!, { headers: { Authorization: token! } });
  expect(response.status).toBe(200);

  child.kill(signal);
  expect(await exit).toEqual({ code: 0, errors: '' });
});

test.each(['0', '65536', '40l0', '-1', '4010.5'])('MOCK_PORT=%s is answered with one sentence', async (port) => {
  const { code, errors } = await start(port).exit;
  expect(errors).toBe(`MOCK_PORT is "${port}", but must be a whole number from 1 to 65535.\n`);
  expect(code).toBe(1);
});

test('a port in use is answered with one sentence', async () => {
  const { port, free } = await holdPort();
  onTestFinished(free);
  const { code, errors } = await start(port).exit;
  expect(errors).toBe(`Port ${port} is in use. Free it, or set MOCK_PORT to another one.\n`);
  expect(code).toBe(1);
});

test.runIf(process.platform === 'linux')('only 127.0.0.1 reaches it, of all addresses of this machine', async () => {
  const port = await freePort();
  await start(port).started;
  await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});
