#!/usr/bin/env node
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { createResourceServer } from '../create-resource-server.ts';
import { ConfigurationError } from '../environment.ts';
import { createAuthorizeServer } from './authorize-server.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { createProblemLog } from './problem-log.ts';

/** Of an environment that is wrong. What fails later ends with 1. */
const EXIT_WRONG_USE = 2;
/** Supervisors give up after 10 s and kill. */
const LONGEST_STOP_MS = 8_000;

process.exit(await main());

async function main(): Promise<number> {
  let configuration: Configuration;
  try {
    configuration = readConfiguration(process.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    complain(error.message);
    return EXIT_WRONG_USE;
  }
  const stop = stopSignal();
  const onUnavailable = createProblemLog(log, () => performance.now());
  const server = createAuthorizeServer(createResourceServer({ ...configuration.resourceServer, onUnavailable }));
  const { host, port } = configuration;
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    complain(explain(error as NodeJS.ErrnoException, configuration));
    return 1;
  }
  const address = `${isIPv6(host) ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
  log({ level: 'info', msg: 'Ready.', url: `http://${address}` });

  log({ level: 'info', msg: 'Stopping: finishing what was accepted.', signal: await stop });
  await finish(server);
  log({ level: 'info', msg: 'Stopped.' });
  return 0;
}

/** The first signal that asks the process to stop. A second one ends it at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, resolve);
  });
}

/** Answers what was accepted, and closes each connection after its answer. */
async function finish(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  // Of the connections on which an answer is under way, which can no longer say that it is the last.
  server.keepAliveTimeout = 1;
  const cut = setTimeout(() => server.closeAllConnections(), LONGEST_STOP_MS);
  server.close();
  await once(server, 'close');
  clearTimeout(cut);
}

function explain({ code, message }: NodeJS.ErrnoException, { host, port }: Configuration): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use: stop the program that uses it, or set AUTHORIZE_PORT to another.`;
    case 'EACCES':
      return `This user may not listen on port ${port}: set AUTHORIZE_PORT to one of 1024 or above.`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine: set AUTHORIZE_HOST to one that is, or to 0.0.0.0 for all of them.`;
    default:
      return `Port ${port} on ${host} cannot be listened on (${message}): set AUTHORIZE_PORT and AUTHORIZE_HOST to others.`;
  }
}

/** One JSON object a line, on standard output. */
function log(fields: object): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...fields })}\n`);
}

function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
