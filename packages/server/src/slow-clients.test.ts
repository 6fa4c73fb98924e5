import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer } from './create-server.ts';
import { type TestApi, startApi } from './testing/start-api.ts';

/** More than the system takes off the server's hands for somebody who does not read. */
const LARGE = Buffer.alloc(64 * 1024 * 1024);

const HEAD = 'POST /v1/organization/api-keys HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

let api: TestApi;
let key: string;
const large = createServer((_request, response) => response.end(LARGE)).listen(0, '127.0.0.1');
const accepted: Socket[] = [];
large.on('connection', (socket: Socket) => accepted.push(socket));
beforeAll(async () => {
  api = await startApi();
  ({ key } = (await api.createOrganization()).manager);
});
afterAll(async () => {
  await api.close();
  large.close();
});

// Each waits for the real time-outs, the longest of which is 18 s; the test's own is the bound.
describe.concurrent('a connection is closed', { timeout: 28_000 }, () => {
  test('on which nothing is sent', async () => {
    expect(await answerTo(open())).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
  });

  test('on which headers arrive a byte at a time', async () => {
    const socket = open();
    const dripping = drip(socket, HEAD);
    expect(await answerTo(socket)).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
    clearInterval(dripping);
  });

  test('on which a body arrives a byte at a time', async () => {
    const socket = open();
    socket.write(`${HEAD}Authorization: Bearer ${key}\r\nContent-Length: 1000\r\n\r\n`);
    const dripping = drip(socket, 'x'.repeat(100));
    expect(await answerTo(socket)).not.toMatch(/^HTTP\/1\.1 2/);
    clearInterval(dripping);
  });

  test('whose client does not fetch its answer', async () => {
    const socket = open((large.address() as AddressInfo).port);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    // Who does not read does not see the end either.
    await expect.poll(() => accepted.find(({ remotePort }) => remotePort === socket.localPort)).toBeDefined();
    const atServer = accepted.find(({ remotePort }) => remotePort === socket.localPort)!;
    await closed(atServer);
    expect(atServer.writableFinished).toBe(false);
    socket.destroy();
  });

  test('whose client fetches its answer a little at a time', async () => {
    const socket = open((large.address() as AddressInfo).port);
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 500);
    });
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await closed(socket);
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThan(LARGE.length);
  });

  test('that was kept open and brings no other request', async () => {
    const socket = open();
    socket.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await answerTo(socket)).toMatch(/^HTTP\/1\.1 200 [^]*Keep-Alive: timeout=5\r\n/);
  });
});

function open(port = Number(new URL(api.url).port)): Socket {
  return connect(port, '127.0.0.1').on('error', () => {});
}

/** Also when it is reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function drip(socket: Socket, text: string): NodeJS.Timeout {
  const bytes = [...text];
  return setInterval(() => {
    const next = bytes.shift();
    if (next !== undefined && socket.writable) socket.write(next);
  }, 500);
}

/** All that comes until the server closes the connection. */
async function answerTo(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  await closed(socket);
  return text;
}
