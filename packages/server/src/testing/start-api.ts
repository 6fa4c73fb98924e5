import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createClient } from '@signa/client';
import {
  DEFAULT_LIMITS,
  type Dependencies,
  type Limits,
  type Scope,
  type Store,
  SCOPES,
  createApp,
  createLastUsedRecorder,
  createMetrics,
  createOrganizationWithKey,
  createRequestLogRecorder,
  createResourceServer,
  createServer,
  revokeResourceServer,
} from '../index.ts';
import { bearer } from './credentials.ts';
import { openStore } from './open-store.ts';

/** A running API over a port: real Express, a real store (see `openStore`), and a clock that the test moves. */
export interface TestApi {
  readonly url: string;
  readonly store: Store;
  readonly clock: TestClock;
  /** The metrics that a scrape would see now. */
  scrape(): Promise<string>;
  /** Every log line so far, as JSON. */
  readonly logLines: string[];
  /** A new organization with a first key, which holds all scopes and never expires. */
  createOrganization(name?: string): Promise<TestOrganization>;
  /** A new resource server, which may learn of all scopes unless told otherwise. */
  createResourceServer(scopes?: readonly Scope[]): Promise<TestResourceServer>;
  /** Sends a request as it is, without the client. */
  send(request: TestRequest): Promise<TestResponse>;
  /** The typed client, bearing a key. */
  client(key: string): ReturnType<typeof createClient>;
  close(): Promise<void>;
}

export interface TestOrganization {
  readonly id: string;
  readonly manager: TestKey;
  /** Creates a key through the API, as the manager unless another caller is given. */
  createKey(options?: NewTestKey): Promise<TestKey>;
}

export interface TestKey {
  readonly id: string;
  readonly key: string;
}

export interface TestResourceServer {
  readonly id: string;
  readonly secret: string;
  revoke(): Promise<unknown>;
}

export interface NewTestKey {
  readonly name?: string;
  readonly scopes?: readonly Scope[];
  readonly expires_at?: string;
  readonly as?: TestKey;
}

export interface TestRequest {
  readonly method?: string;
  readonly path: string;
  /** Sent as the bearer token. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The media type of the body. By default JSON. */
  readonly type?: string;
  /** An object is sent as its media type has it, a text as it is. */
  readonly body?: unknown;
}

export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into bodies of every shape, and assert what they find.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly text: string;
}

export interface TestClock {
  (): number;
  /** Moves the time on by seconds. */
  advance(seconds: number): void;
  /** The time in some seconds from now, as the contract writes it. */
  timestampIn(seconds: number): string;
}

/** 2026-03-24T16:00:00Z, the time of the page that the project started from. */
const START = 1_774_368_000;

/** What a test has otherwise than a process would. */
export interface Overrides extends Partial<Omit<Dependencies, 'limits'>> {
  readonly limits?: Partial<Limits>;
}

export async function startApi({ limits, ...overrides }: Overrides = {}): Promise<TestApi> {
  const clock = createTestClock();
  const logLines: string[] = [];
  const write = (fields: object, message: string) =>
    void logLines.push(JSON.stringify({ ...fields, message }, withErrors));
  const log = { info: write, warn: write, error: write };
  const opened = overrides.store === undefined ? await openStore(clock) : null;
  const store = overrides.store ?? opened!.store;
  const lastUsed = createLastUsedRecorder(store, log);
  const requestLogs = createRequestLogRecorder(store, log, { clientAddresses: true });
  const isAccepting = overrides.isAccepting ?? (() => true);
  const metrics = createMetrics({ store, lastUsed, requestLogs, isAccepting, version: '1.2.3', ofProcess: false });
  const needs = { store, clock, random: randomBytes };
  const app = createApp({
    ...needs,
    log,
    lastUsed,
    requestLogs,
    isAccepting,
    metrics,
    limits: { ...DEFAULT_LIMITS, ...limits },
    // Tests that walk every operation without a credential send more of these in a minute than anybody should.
    failedAuthentications: Number.MAX_SAFE_INTEGER,
    validateResponses: true,
    ...overrides,
  });
  const server = createServer(app, { metrics }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  let created = 0;
  const unique = (kind: string) => `${kind} ${(created += 1)}`;
  const send = (request: TestRequest) => sendTo(url, request);

  return {
    url,
    store,
    clock,
    scrape: () => metrics.expose(),
    logLines,
    send,
    client: (key) => createClient({ baseUrl: url, apiKey: key }),
    async createOrganization(name = unique('Organization')) {
      const wanted = { name: 'First key', scopes: SCOPES };
      const { organization, apiKey, secret } = await createOrganizationWithKey(needs, name, wanted, async () => {});
      const manager = { id: apiKey.id, key: secret };
      return {
        id: organization.id,
        manager,
        async createKey({ as = manager, ...body } = {}) {
          const response = await send({
            method: 'POST',
            path: '/v1/organization/api-keys',
            key: as.key,
            body: { name: unique('Key'), scopes: ['trademarks:read'], ...body },
          });
          if (response.status !== 201) throw new Error(`The key was not created: ${response.text}`);
          return { id: response.body.id, key: response.body.key };
        },
      };
    },
    async createResourceServer(scopes = SCOPES) {
      const { resourceServer, secret } = await createResourceServer(
        needs,
        { name: unique('Resource server'), scopes },
        async () => {},
      );
      return { id: resourceServer.id, secret, revoke: () => revokeResourceServer(needs, resourceServer.id) };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await lastUsed.close();
      await requestLogs.close();
      await store.close();
      await opened?.remove();
    },
  };
}

async function sendTo(
  url: string,
  { method = 'GET', path, key, headers, type = 'application/json', body }: TestRequest,
): Promise<TestResponse> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key !== undefined && { Authorization: bearer({ key }) }),
      ...(body !== undefined && { 'Content-Type': type }),
      ...headers,
    },
    ...(body !== undefined && { body: encode(type, body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) };
}

/** A body as its media type has it. A text is one already. */
export function encode(type: string, body: unknown): string {
  if (typeof body === 'string') return body;
  const isForm = type === 'application/x-www-form-urlencoded';
  return isForm ? new URLSearchParams(body as Record<string, string>).toString() : JSON.stringify(body);
}

function createTestClock(): TestClock {
  let now = START;
  return Object.assign(() => now, {
    advance: (seconds: number) => void (now += seconds),
    timestampIn: (seconds: number) => new Date((now + seconds) * 1000).toISOString().replace('.000Z', 'Z'),
  });
}

function withErrors(_name: string, value: unknown): unknown {
  return value instanceof Error
    ? { name: value.name, message: value.message, stack: value.stack, cause: value.cause }
    : value;
}
