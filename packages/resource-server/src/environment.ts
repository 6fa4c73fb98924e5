import { readFileSync } from 'node:fs';
import {
  isBaseUrl,
  isResourceServerId,
  isResourceServerSecret,
  type ResourceServerOptions,
} from './create-resource-server.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment cannot be used. Says all that is wrong with it, and no value that may be a credential. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** One sentence for each variable. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads where the API is and this resource server's credential from `SIGNA_BASE_URL` (by default http://127.0.0.1:3000),
 * `RESOURCE_SERVER_ID`, and `RESOURCE_SERVER_SECRET` or, better, the file that `RESOURCE_SERVER_SECRET_FILE` names. An empty variable
 * counts as not set.
 *
 * @throws {ConfigurationError}
 */
export function optionsFromEnvironment(env: Environment): Pick<ResourceServerOptions, 'baseUrl' | 'id' | 'secret'> {
  const problems: string[] = [];
  const baseUrl = env['SIGNA_BASE_URL'] || 'http://127.0.0.1:3000';
  const id = env['RESOURCE_SERVER_ID'] ?? '';

  if (!isBaseUrl(baseUrl)) {
    problems.push('SIGNA_BASE_URL must be an http or https URL without credentials, query and fragment.');
  }
  if (!isResourceServerId(id)) {
    problems.push(
      `RESOURCE_SERVER_ID ${id === '' ? 'is not set: it must' : 'must'} be the id of a resource server, rs_ and letters and digits.`,
    );
  }
  const secret = readSecret(env, problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { baseUrl, id, secret };
}

function readSecret(env: Environment, problems: string[]): string {
  const text = env['RESOURCE_SERVER_SECRET'] ?? '';
  const file = env['RESOURCE_SERVER_SECRET_FILE'] ?? '';
  const allowed = 'the secret of a resource server, sigrs_ and letters and digits';
  if (text !== '' && file !== '') {
    problems.push('RESOURCE_SERVER_SECRET and RESOURCE_SERVER_SECRET_FILE are both set: set one of them.');
    return '';
  }
  if (file !== '') {
    let content: string;
    try {
      content = readFileSync(file, 'utf8').trimEnd();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      problems.push(`RESOURCE_SERVER_SECRET_FILE is ${JSON.stringify(file)}, which cannot be read (${code}).`);
      return '';
    }
    if (!isResourceServerSecret(content))
      problems.push(`RESOURCE_SERVER_SECRET_FILE must name a file that holds ${allowed}.`);
    return content;
  }
  if (text === '') {
    problems.push(`RESOURCE_SERVER_SECRET is not set: set it, or RESOURCE_SERVER_SECRET_FILE, to ${allowed}.`);
  } else if (!isResourceServerSecret(text)) {
    problems.push(`RESOURCE_SERVER_SECRET must be ${allowed}.`);
  }
  return text;
}
