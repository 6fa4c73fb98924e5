import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Starts the mock as `npm start` does. Whoever starts it stops it. */
export function startMock(port: number | string) {
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, MOCK_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  let greeting = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => (greeting += text));
  const exit = once(child, 'close').then(([code, signal]) => ({ code: (code ?? signal) as number | string, errors }));

  /** What it says once it answers. */
  const started = (async () => {
    while (!greeting.includes('http://')) {
      await Promise.race([once(child.stdout, 'data'), exit]);
      if (child.exitCode !== null) throw new Error(`The mock did not start: ${errors}`);
    }
    return greeting;
  })();
  started.catch(() => {}); // For those who only wait for its exit.

  return { child, exit, started };
}

/** A port that nobody listens on, and one that somebody does until `free` is called. */
export async function holdPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    free: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

export async function freePort(): Promise<number> {
  const { port, free } = await holdPort();
  await free();
  return port;
}
