import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, createClient, type SignaClient, unwrap } from '@signa/client';

/** What a client was told of a key. Absent from it is whatever a failed request may have done: of that nobody promised anything. */
interface KnownKey {
  readonly id: string;
  /** Null once it is not known which secret works, because an answer was lost. */
  secret: string | null;
  /** Null while it is not known whether it is revoked. */
  revoked: boolean | null;
}

interface Options {
  readonly url: string;
  /** A key that manages keys, of an organization whose limits are out of the way. */
  readonly apiKey: string;
  readonly workers: number;
  /** Is given each answer as it came, those included that the client does not pass on because it asks again. */
  readonly onAnswer?: (request: Request, response: Response) => Promise<void>;
  readonly retries?: number;
}

/**
 * Clients that create, use, rotate and revoke keys without pause, and remember what they were told. Each works on keys of its own, so
 * that what must hold of them is known whatever happens to the service meanwhile.
 */
export class KeyLoad {
  /** Acknowledged operations, by name. */
  readonly done = { created: 0, read: 0, rotated: 0, revoked: 0 };
  /** Requests that failed for good, by what the caller was told. */
  readonly failures = new Map<string, number>();
  /** What must not be: one sentence each. */
  readonly violations: string[] = [];
  readonly #keys: KnownKey[] = [];
  readonly #dead: string[] = [];
  readonly #options: Options;
  readonly #workers: Promise<void>[];
  #stopping = false;

  constructor(options: Options) {
    this.#options = options;
    this.#workers = Array.from({ length: options.workers }, (_none, worker) => this.#work(worker));
  }

  /** Waits until so many more keys have been created, which shows that the service works. */
  async progress(keys: number): Promise<void> {
    const goal = this.done.created + keys;
    while (this.done.created < goal) {
      if (this.#stopping) throw new Error('The load has ended.');
      await sleep(5);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#workers);
  }

  /** Holds what the clients were told against what an instance says now. Returns how many secrets it asked about. */
  async verify(urls: readonly string[]): Promise<{ valid: number; dead: number }> {
    const valid = this.#keys.flatMap(({ secret, revoked }) => (secret !== null && revoked === false ? [secret] : []));
    const revoked = this.#keys.flatMap((key) => (key.secret !== null && key.revoked === true ? [key.secret] : []));
    const dead = [...this.#dead, ...revoked];
    for (const url of urls) {
      await inGroups(valid, async (secret) => {
        const status = await statusOf(url, secret);
        if (status !== 200) this.violations.push(`An acknowledged key is answered ${status} at ${url}.`);
      });
      await inGroups(dead, async (secret) => {
        const status = await statusOf(url, secret);
        if (status !== 401) this.violations.push(`A revoked or replaced secret is answered ${status} at ${url}.`);
      });
    }
    return { valid: valid.length, dead: dead.length };
  }

  async #work(worker: number): Promise<void> {
    const signa = this.#client(this.#options.apiKey);
    for (let n = 0; !this.#stopping; n++) {
      const key = await this.#create(signa, `Worker ${worker} key ${n}`);
      if (key === null) continue;
      await this.#use(key);
      if (n % 2 === 0) await this.#rotate(signa, key);
      if (n % 3 === 0) await this.#revoke(signa, key);
    }
  }

  async #create(signa: SignaClient, name: string): Promise<KnownKey | null> {
    const created = await this.#attempt(
      unwrap(signa.POST('/v1/organization/api-keys', { body: { name, scopes: ['trademarks:read'] } })),
    );
    if (created === null) return null;
    const key: KnownKey = { id: created.id, secret: created.key, revoked: false };
    this.#keys.push(key);
    this.done.created++;
    return key;
  }

  async #use({ secret }: KnownKey): Promise<void> {
    const identity = await this.#attempt(unwrap(this.#client(secret!).GET('/v1/organization')));
    if (identity !== null) this.done.read++;
  }

  async #rotate(signa: SignaClient, key: KnownKey): Promise<void> {
    const former = key.secret!;
    key.secret = null;
    const params = { path: { id: key.id } };
    const rotated = await this.#attempt(unwrap(signa.POST('/v1/organization/api-keys/{id}/rotate', { params })));
    if (rotated === null) return;
    key.secret = rotated.key;
    this.#dead.push(former);
    this.done.rotated++;
    await this.#expectRefused(former, 'A secret that was rotated away');
  }

  async #revoke(signa: SignaClient, key: KnownKey): Promise<void> {
    key.revoked = null;
    const params = { path: { id: key.id } };
    const revoked = await this.#attempt(unwrap(signa.DELETE('/v1/organization/api-keys/{id}', { params })));
    if (revoked === null) return;
    key.revoked = true;
    this.done.revoked++;
    if (key.secret !== null) await this.#expectRefused(key.secret, 'A revoked key');
  }

  /** From the moment of the answer on, whichever instance is asked. That none answers is no admission. */
  async #expectRefused(secret: string, what: string): Promise<void> {
    const status = await statusOf(this.#options.url, secret);
    if (status !== 401 && status !== 503) this.violations.push(`${what} is answered ${status}.`);
  }

  /** The answer, or null where the caller was told that it failed. */
  async #attempt<T>(call: Promise<T>): Promise<T | null> {
    try {
      return await call;
    } catch (error) {
      const told =
        error instanceof ApiError ? `${error.status} ${error.code}` : error instanceof Error ? error.name : 'unknown';
      this.failures.set(told, (this.failures.get(told) ?? 0) + 1);
      if (told !== '503 storage_unavailable' && told !== '503 storage_busy') {
        this.violations.push(`A client was told: ${told}.`);
      }
      return null;
    }
  }

  #client(apiKey: string): SignaClient {
    const { url, onAnswer, retries } = this.#options;
    return createClient({
      baseUrl: url,
      apiKey,
      retries,
      fetch: async (request) => {
        const response = await fetch(request);
        await onAnswer?.(request, response.clone()).catch((error: Error) => this.violations.push(error.message));
        return response;
      },
    });
  }
}

async function statusOf(url: string, secret: string): Promise<number | string> {
  const response = await fetch(`${url}/v1/organization`, { headers: { Authorization: `Bearer ${secret}` } }).catch(
    (error: Error) => error,
  );
  if (response instanceof Error) return response.message;
  await response.arrayBuffer();
  return response.status;
}

async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
