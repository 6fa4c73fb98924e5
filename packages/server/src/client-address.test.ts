import { createConnection } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { TrustProxy } from './dependencies.ts';
import type { RequestLog } from './request-logs/request-log.ts';
import { readAudit } from './testing/read-audit.ts';
import { type TestApi, startApi } from './testing/start-api.ts';

let api: TestApi;

afterEach(() => api.close());

/** The address that audit trail and log have of a client that sends these `X-Forwarded-For` headers from 127.0.0.1. */
async function addressOf(trustProxy: TrustProxy | undefined, ...forwardedFor: string[]): Promise<string | null> {
  const logged: RequestLog[] = [];
  const record = (row: RequestLog) => void logged.push(row);
  const requestLogs = { record, count: () => {}, waiting: 0, dropped: 0, close: async () => {} };
  api = await startApi({ requestLogs, ...(trustProxy !== undefined && { trustProxy }) });
  const { id, manager } = await api.createOrganization();
  await createKey(manager, forwardedFor);
  const address = (await readAudit(api.store, id)).at(-1)!.client_address;
  await expect.poll(() => logged.map(({ clientAddress }) => clientAddress)).toEqual([address]);
  return address;
}

/** A change that leaves a row in both. Written by hand, because fetch joins headers. */
async function createKey({ key }: { key: string }, forwardedFor: readonly string[]): Promise<void> {
  const body = '{"name":"Import","scopes":["trademarks:read"]}';
  const { hostname, port } = new URL(api.url);
  const socket = createConnection(Number(port), hostname);
  socket.end(
    [
      'POST /v1/organization/api-keys HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      `Authorization: Bearer ${key}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      ...forwardedFor.map((value) => `X-Forwarded-For: ${value}`),
      '',
      body,
    ].join('\r\n'),
  );
  expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1\.1 201 /);
}

describe('without a trusted proxy', () => {
  test('the client is at the other end of the connection, whatever it claims', async () => {
    expect(await addressOf(undefined, '192.0.2.1')).toBe('127.0.0.1');
  });
});

describe('behind trusted addresses', () => {
  test.each([
    { what: 'the address that the proxy saw', given: ['192.0.2.1'], want: '192.0.2.1' },
    { what: 'not what the client claimed to have come through', given: ['203.0.113.9, 192.0.2.1'], want: '192.0.2.1' },
    { what: 'the last of two headers', given: ['203.0.113.9', '192.0.2.1'], want: '192.0.2.1' },
    { what: 'that before a second proxy', given: ['203.0.113.9, 192.0.2.1, 10.1.2.3'], want: '192.0.2.1' },
    { what: 'an IPv6 address', given: ['2001:db8::1'], want: '2001:db8::1' },
    { what: 'an IPv4 address written as IPv6', given: ['::ffff:192.0.2.1'], want: '192.0.2.1' },
    { what: 'that of the proxy, when it says nothing', given: [], want: '127.0.0.1' },
    { what: 'that of the proxy, when it names no address', given: ['unknown'], want: '127.0.0.1' },
    { what: 'that of the proxy, when it sends nonsense', given: [`${'x'.repeat(8000)}\t"`], want: '127.0.0.1' },
    { what: 'without its zone', given: ['fe80::1%x'], want: 'fe80::1' },
  ])('the client is at $what', async ({ given, want }) => {
    expect(await addressOf(['loopback', '10.0.0.0/8'], ...given)).toBe(want);
  });
});

describe('behind a trusted number of proxies', () => {
  test('the client is at the address that the outermost of them saw', async () => {
    expect(await addressOf(2, '203.0.113.9, 192.0.2.1, 10.1.2.3')).toBe('192.0.2.1');
  });
});

test('a client that is no trusted proxy is not believed', async () => {
  expect(await addressOf(['192.0.2.0/24'], '203.0.113.9')).toBe('127.0.0.1');
});
