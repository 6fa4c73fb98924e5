import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError, createResourceServer, optionsFromEnvironment } from '@signa/resource-server';
import { createApp } from './app.ts';

const HOST = '127.0.0.1';

try {
  const port = readPort();
  const resourceServer = createResourceServer({
    ...optionsFromEnvironment(process.env),
    // Callers are told 503 and no more; this is for the operator.
    onUnavailable: ({ message, reason }) => say(`A key could not be checked (${reason}). ${message}`),
  });
  const server = createServer(createApp(resourceServer)).listen(port, HOST);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is in use. Free it, or set EXAMPLE_PORT to another one.`);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => server.close());

  const url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  say(`The trademark search is at ${url} until you press Ctrl+C. Try a key that holds trademarks:read:

  curl "${url}/trademarks?q=lumor" -H "Authorization: Bearer sig_xxxxxxxxxxxx"
`);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof ConfigurationError ? 2 : 1;
}

function readPort(): number {
  const port = process.env['EXAMPLE_PORT'] || '3001';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Error(`EXAMPLE_PORT is ${JSON.stringify(port)}, but must be a whole number from 0 to 65535.`);
  }
  return Number(port);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
