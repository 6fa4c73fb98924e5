import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

export const API_KEYS = '/v1/organization/api-keys';
export const SCOPE = 'trademarks:read';
const INTROSPECT = '/v1/oauth/introspect';

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is. */
  readonly body?: unknown;
}

/** Ways to put a secret where it does not belong, each of which is refused. */
export const MISPLACED: readonly ((secret: string, pathOfKey: string) => Sent)[] = [
  (secret) => ({ path: API_KEYS, key: secret }),
  (secret) => ({ path: `${API_KEYS}/${secret}` }),
  (secret) => ({ path: `${API_KEYS}?access_token=${secret}` }),
  (secret) => ({ path: `${API_KEYS}?${secret}=1` }),
  (secret) => ({ path: `${API_KEYS}?cursor=${secret}` }),
  (secret) => ({ path: `/v1/${secret}/%ff` }),
  (secret) => ({ path: `/v1/${secret.replace('_', '%5F')}` }),
  (secret) => ({ path: `/v1/${secret.replace('_', '%255F')}` }),
  (secret) => ({ path: `${API_KEYS}/${secret.replace(/^.*_/, '')}` }),
  (secret) => ({ path: '/v1/organization', headers: { Authorization: `Basic ${btoa(`${secret}:`)}` } }),
  (secret) => ({ path: `/v1/${secret}`, headers: { 'User-Agent': secret, 'X-Request-Id': secret } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: { [secret]: 1 } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: { name: `Of ${secret}`, scopes: [SCOPE] } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: { name: 'Misplaced', scopes: [secret] } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: { name: `Of ${secret}`, scopes: [SCOPE] } }),
  (secret, path) => ({ method: 'PATCH', path, body: { name: secret } }),
  (secret, path) => ({ method: 'PATCH', path, body: { metadata: { old: `was ${secret}` } } }),
  (secret, path) => ({ method: 'PATCH', path, body: { metadata: { [secret]: 'old' } } }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: `{"name": "${secret}` }),
  (secret) => ({ method: 'POST', path: API_KEYS, body: `{"${secret}": 1, "${secret}": 2}` }),
  (secret) => ({ method: 'POST', path: `${INTROSPECT}?token=${secret}` }),
  (secret) => introspection({ id: secret, secret }, secret),
];

/** Where the service tells what it was asked. */
const TODAY = new Date().toISOString().slice(0, 10);
const TOLD = ['logs', 'audit-events', `usage/summary?start_date=${TODAY}&end_date=${TODAY}`].map(
  (path) => `/v1/organization/${path}`,
);

export interface ResourceServer {
  readonly id: string;
  readonly secret: string;
}

function introspection({ id, secret }: ResourceServer, token: string): Sent {
  return {
    method: 'POST',
    path: INTROSPECT,
    headers: {
      Authorization: `Basic ${btoa(`${id}:${secret}`)}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ token, token_type_hint: token }).toString(),
  };
}

/** What the service is asked, what it has handed over, and what it has answered besides: for the tests that look for traces of it. */
export class Traffic {
  /** All that must not be found anywhere: the secrets of keys, those of others that were sent, and Idempotency-Keys. */
  readonly secrets = new Set<string>();
  readonly statuses = new Set<number>();
  /** The answers, each without the secret that it hands over. */
  readonly answers: string[] = [];
  url = '';
  #lives = 0;

  /** Asks once, and remembers the answer. */
  async send({ method = 'GET', path, key, headers, body }: Sent): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(key !== undefined && { Authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = JSON.parse(text) as Answer;
    if (answer.key !== undefined) this.secrets.add(answer.key);
    this.statuses.add(response.status);
    this.answers.push(text.replace(answer.key ?? '', '') + JSON.stringify([...response.headers]));
    return answer;
  }

  /**
   * The lives of keys, some at once.
   *
   * @param manager a key that may do everything
   */
  async ofKeys(manager: string, resourceServer: ResourceServer, count: number, atOnce = 4): Promise<void> {
    const last = this.#lives + count;
    const worker = async () => {
      while (this.#lives < last) await this.#ofOneKey(manager, resourceServer, this.#lives++);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  /** The life of one key, with one that does not exist beside it, which also stands in where no key could be made. */
  async #ofOneKey(manager: string, resourceServer: ResourceServer, index: number): Promise<void> {
    const wrong = wrongSecret('sig_');
    const wrongOfServer = wrongSecret('sigrs_');
    const idempotencyKey = randomBytes(24).toString('base64url');
    for (const secret of [wrong, wrongOfServer, idempotencyKey]) this.secrets.add(secret);
    const once = { 'Idempotency-Key': idempotencyKey };
    const body = { name: `Key ${index}`, scopes: ['api-keys:manage', SCOPE] };
    const create = { method: 'POST', path: API_KEYS, key: manager, body, headers: once };
    const { id, key = wrong } = await this.send(create);
    await this.send(create); // The same again, secret included.
    await this.send({ ...create, body: { ...body, name: 'Another' } }); // The Idempotency-Key was for another request.
    await this.send({ path: '/v1/organization', key });
    await this.send({ method: 'POST', path: API_KEYS, key, body }); // The name is taken.
    const path = `${API_KEYS}/${id}`;
    for (const secret of [wrong, key]) {
      await this.send(introspection(resourceServer, secret));
      await this.send(introspection({ ...resourceServer, secret: wrongOfServer }, secret));
      const misplaced = MISPLACED[index % MISPLACED.length]!(secret, path);
      await this.send(misplaced);
      await this.send({ key, ...misplaced });
    }
    const rotation = { key, body: { grace_period_seconds: 60 }, headers: once };
    const { key: latest = wrong } = await this.send({ method: 'POST', path: `${path}/rotate`, ...rotation });
    await this.send({ method: 'PATCH', path, key: latest, body: { metadata: { index: String(index) } } });
    for (const told of TOLD) await this.send({ path: told, key: manager });
    if (index % 2 === 0) {
      await this.send({ method: 'DELETE', path, key: manager });
      await this.send({ path, key: latest });
    }
  }
}

/** What is looked at of an answer. An error has neither. */
interface Answer {
  readonly id?: string;
  readonly key?: string;
}

/** A secret of the right shape, checksum included, that nobody has. */
function wrongSecret(prefix: 'sig_' | 'sigrs_'): string {
  const body = `${prefix}${randomBytes(22).toString('hex')}`;
  return body + crc32(body).toString(16).padStart(8, '0');
}

/**
 * Every kind of failure of the database that a request can meet, one after the other.
 *
 * @param execute runs SQL on the service's database, on a connection of its own
 */
export async function whileItFails(execute: (sql: string) => unknown, work: () => Promise<unknown>): Promise<void> {
  for (const [fail, mend] of [
    ['BEGIN IMMEDIATE', 'ROLLBACK'],
    ['ALTER TABLE audit_events RENAME TO gone', 'ALTER TABLE gone RENAME TO audit_events'],
    ['ALTER TABLE api_keys RENAME TO gone', 'ALTER TABLE gone RENAME TO api_keys'],
  ] as const) {
    execute(fail);
    const worked = work();
    // Longer than a write waits for a lock; what is asked later succeeds again.
    await Promise.race([worked, sleep(1_500)]);
    execute(mend);
    await worked;
  }
}
