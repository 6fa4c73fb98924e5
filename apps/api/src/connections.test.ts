import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connections, trackConnections } from './connections.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const LIMITS = { quietMs: 200, deadlineMs: 5_000 };
const LARGE = 'x'.repeat(16 * 1024 * 1024);

let server: Server;
let port: number;
let connections: Connections;
/** The requests that wait for a test to answer them. */
let waiting: ServerResponse[];

beforeEach(async () => {
  waiting = [];
  server = createServer((_request, response) => waiting.push(response));
  connections = trackConnections(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(() => server.closeAllConnections());

/** A connection, and all that comes back on it. */
class Client {
  received = '';
  readonly socket: Socket = connect(port, '127.0.0.1');
  readonly closed = new Promise((resolve) => this.socket.once('close', resolve));

  constructor() {
    this.socket.setEncoding('utf8').on('data', (text: string) => (this.received += text));
    this.socket.on('error', () => {});
  }

  get answers(): number {
    return this.received.split('HTTP/1.1 200 OK').length - 1;
  }
}

async function sendRequests(text = REQUEST, count = 1): Promise<Client> {
  const client = new Client();
  const before = waiting.length;
  client.socket.write(text);
  await expect.poll(() => waiting.length).toBe(before + count);
  return client;
}

async function keptAlive(): Promise<Client> {
  const client = await sendRequests();
  waiting.pop()!.end('done');
  await expect.poll(() => client.received).toContain('done');
  return client;
}

function stoppedListening(): Promise<void> {
  return expect.poll(() => server.listening).toBe(false);
}

describe('draining', () => {
  it('answers what is under way, and asks to close the connection', async () => {
    const client = await sendRequests();
    const drained = connections.drain(LIMITS);
    await sleep(2 * LIMITS.quietMs);
    waiting[0]!.end('late');
    expect(await drained).toBe(0);
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n[^]*late/);
  });

  it('accepts nothing more', async () => {
    await sendRequests();
    const drained = connections.drain(LIMITS);
    await stoppedListening();
    const late = connect(port, '127.0.0.1');
    await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    waiting[0]!.end();
    expect(await drained).toBe(0);
  });

  it('answers who came just before it stopped to listen, though not who is gone by then', async () => {
    const [client, gone] = [new Client(), new Client()];
    client.socket.write(REQUEST);
    gone.socket.once('connect', () => gone.socket.resetAndDestroy());
    // The system has accepted them; this process has not yet had a turn to fetch them.
    const drained = connections.drain(LIMITS);
    await expect.poll(() => waiting.length).toBe(1);
    expect(server.listening).toBe(false);
    waiting[0]!.end('just in time');
    expect(await drained).toBe(0);
    expect(client.received).toMatch(/Connection: close\r\n[^]*just in time/);
  });

  it('still answers a request that arrives on a connection that was kept alive', async () => {
    const client = await keptAlive();
    const drained = connections.drain(LIMITS);
    await stoppedListening();
    client.socket.write(REQUEST);
    await expect.poll(() => waiting.length).toBe(1);
    waiting[0]!.end('just in time');
    expect(await drained).toBe(0);
    expect(client.received).toMatch(/Connection: close\r\n[^]*just in time/);
  });

  it('waits for a request that has arrived in part', async () => {
    const client = await keptAlive();
    client.socket.write(REQUEST.slice(0, 10));
    await sleep(50);
    const drained = connections.drain(LIMITS);
    await sleep(2 * LIMITS.quietMs);
    client.socket.write(REQUEST.slice(10));
    await expect.poll(() => waiting.length).toBe(1);
    waiting[0]!.end('patience');
    expect(await drained).toBe(0);
    expect(client.received).toContain('patience');
  });

  it('answers all requests that were pipelined', async () => {
    const client = await sendRequests(REQUEST + REQUEST, 2);
    const drained = connections.drain(LIMITS);
    await stoppedListening();
    for (const response of waiting) response.end('done');
    expect(await drained).toBe(0);
    await client.closed;
    expect(client.answers).toBe(2);
    expect(client.received.match(/Connection: close/g)).toHaveLength(1);
  });

  it('answers what is pipelined meanwhile', async () => {
    const client = await sendRequests();
    const drained = connections.drain(LIMITS);
    await stoppedListening();
    client.socket.write(REQUEST);
    await expect.poll(() => waiting.length).toBe(2);
    for (const response of waiting) response.end('done');
    expect(await drained).toBe(0);
    await client.closed;
    expect(client.answers).toBe(2);
  });

  it('lets a slow client fetch the whole answer', async () => {
    const client = await sendRequests();
    client.socket.pause();
    waiting[0]!.end(LARGE);
    const drained = connections.drain(LIMITS);
    await sleep(2 * LIMITS.quietMs);
    client.socket.resume();
    expect(await drained).toBe(0);
    await client.closed;
    expect(client.received.length).toBeGreaterThan(LARGE.length);
  });

  it('closes connections on which nothing happens, and such on which nothing ever did', async () => {
    const clients = [await keptAlive(), new Client()];
    await once(clients[1]!.socket, 'connect');
    await sleep(50);
    const start = performance.now();
    expect(await connections.drain(LIMITS)).toBe(0);
    await Promise.all(clients.map(({ closed }) => closed));
    expect(performance.now() - start).toBeLessThan(LIMITS.quietMs + 500);
  });

  it('is done at once when there is nobody', async () => {
    const start = performance.now();
    expect(await connections.drain(LIMITS)).toBe(0);
    expect(performance.now() - start).toBeLessThan(LIMITS.quietMs);
  });

  it('cuts off at the deadline what is still busy, and says how many that were', async () => {
    const clients = [await sendRequests(), await sendRequests(), await keptAlive()];
    expect(await connections.drain({ quietMs: 50, deadlineMs: 200 })).toBe(2);
    await Promise.all(clients.map(({ closed }) => closed));
  });
});
