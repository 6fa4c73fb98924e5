import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Configuration } from './configuration.ts';
import { StartError } from './start-error.ts';

/** The variables that say where to listen. */
const API_VARIABLES = { port: 'PORT', host: 'HOST' };

/**
 * Starts to accept connections.
 *
 * @param variables those to name when it cannot be
 * @returns the port, which for port 0 is the one that the system chose
 * @throws {StartError}
 */
export async function listen(
  server: Server,
  { host, port }: Pick<Configuration, 'host' | 'port'>,
  variables = API_VARIABLES,
): Promise<number> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new StartError(explain(error as NodeJS.ErrnoException, host, port, variables), { cause: error });
  }
  return (server.address() as AddressInfo).port;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number, variables: typeof API_VARIABLES): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use: stop the program that uses it, or set ${variables.port} to another.`;
    case 'EACCES':
      return `This user may not listen on port ${port}: set ${variables.port} to one of 1024 or above.`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine: set ${variables.host} to one that is, or to 0.0.0.0 for all of them.`;
    case 'EAFNOSUPPORT':
      return `This machine has no addresses of the kind of ${host}: set ${variables.host} to another.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host name ${host} has no address: set ${variables.host} to one that has, or to an IP address.`;
    default:
      return `Port ${port} on ${host} cannot be listened on (${error.message}): set ${variables.host} and ${variables.port} to others.`;
  }
}
