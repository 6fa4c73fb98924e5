import { isIP } from 'node:net';
import type { ResourceServerOptions } from '../create-resource-server.ts';
import { ConfigurationError, type Environment, optionsFromEnvironment } from '../environment.ts';

export interface Configuration {
  readonly host: string;
  readonly port: number;
  readonly resourceServer: Pick<ResourceServerOptions, 'baseUrl' | 'id' | 'secret'>;
}

/**
 * Reads `AUTHORIZE_PORT` and `AUTHORIZE_HOST`, and what `optionsFromEnvironment` reads.
 *
 * @throws {ConfigurationError} that names all variables that are wrong
 */
export function readConfiguration(env: Environment): Configuration {
  const problems: string[] = [];
  const host = env['AUTHORIZE_HOST'] || '127.0.0.1';
  if (isIP(host) === 0) {
    problems.push(`AUTHORIZE_HOST is ${JSON.stringify(host)}, but must be an IP address; 0.0.0.0 for all.`);
  }
  const port = env['AUTHORIZE_PORT'] || '3002';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    problems.push(
      `AUTHORIZE_PORT is ${JSON.stringify(port)}, but must be a whole number from 0 to 65535 (0 takes any port that is free).`,
    );
  }
  try {
    const resourceServer = optionsFromEnvironment(env);
    if (problems.length === 0) return { host, port: Number(port), resourceServer };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
  }
  throw new ConfigurationError(problems);
}
