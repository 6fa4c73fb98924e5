import type { ApiServer } from '@signa/scripts/api-process.ts';
import { type Answer, ask, type Question } from './ask.ts';
import type { Operation } from './contract/contract.ts';
import type { Service } from './service.ts';

const API_KEYS = '/v1/organization/api-keys';

export interface ResourceServer {
  readonly id: string;
  readonly secret: string;
}

export interface Key {
  readonly id: string;
  readonly key: string;
}

/** One organization's callers: a key that may do everything, and a resource server. */
export class Callers {
  readonly url: string;
  readonly manager: string;
  readonly resourceServer: ResourceServer;
  #named = 0;

  constructor({ url }: ApiServer, manager: string, resourceServer: ResourceServer) {
    this.url = url;
    this.manager = manager;
    this.resourceServer = resourceServer;
  }

  /** The `Authorization` of a caller who may do whatever the operation is. */
  authorizationFor({ scheme }: Operation): string {
    return scheme === 'apiKey' ? `Bearer ${this.manager}` : basic(this.resourceServer);
  }

  send(question: Question, authorization?: string | string[]): Promise<Answer> {
    const headers = { ...question.headers, ...(authorization !== undefined && { Authorization: authorization }) };
    return ask(this.url, { ...question, headers });
  }

  /** @throws Error when it was not created */
  async createKey(fields: Readonly<Record<string, unknown>> = {}): Promise<Key> {
    const body = { name: `Made ${(this.#named += 1)}`, scopes: ['trademarks:read'], ...fields };
    const answer = await ask(this.url, { method: 'POST', path: API_KEYS, key: this.manager, body });
    if (answer.status !== 201) throw new Error(`No key was created: ${answer.status}`);
    return JSON.parse(answer.text) as Key;
  }

  async revokeKey({ id }: Pick<Key, 'id'>): Promise<void> {
    const { status } = await ask(this.url, { method: 'DELETE', path: `${API_KEYS}/${id}`, key: this.manager });
    if (status !== 200) throw new Error(`The key was not revoked: ${status}`);
  }
}

/** The `Authorization` of a resource server (RFC 7617, section 2). */
export function basic({ id, secret }: ResourceServer): string {
  return `Basic ${btoa(`${id}:${secret}`)}`;
}

/** The callers of the organization that the first start makes. */
export async function firstCallers(service: Service, server: ApiServer): Promise<Callers> {
  return new Callers(server, service.firstKey, await createResourceServer(service));
}

/** Another organization's callers. */
export async function otherCallers(service: Service, server: ApiServer): Promise<Callers> {
  const { key } = (await administer(service, 'orgs', 'create', '--name', 'Other')) as { key: string };
  return new Callers(server, key, await createResourceServer(service));
}

export async function createResourceServer(service: Service): Promise<ResourceServer> {
  const args = ['resource-servers', 'create', '--name', 'Door', '--scope', 'trademarks:read'];
  return (await administer(service, ...args)) as ResourceServer;
}

/** @throws Error when the command fails */
export async function administer(service: Service, ...args: string[]): Promise<unknown> {
  const command = service.spawn({ args: ['admin', ...args, '--json'] });
  const code = await command.exited;
  if (code !== 0) throw new Error(`admin ${args[0]} ${args[1]} ended with ${code}: ${command.stderr}`);
  return JSON.parse(command.stdout);
}
