import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer } from './create-server.ts';
import { type TestApi, startApi } from './testing/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('what is no HTTP request gets the JSON error of the contract, and a closed connection', () => {
  test.each([
    { what: 'garbage', bytes: 'garbage\r\n\r\n', status: 400, code: 'malformed_http' },
    {
      what: 'a TLS greeting',
      bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      status: 400,
      code: 'malformed_http',
    },
    { what: 'no Host header', bytes: 'GET / HTTP/1.1\r\n\r\n', status: 400, code: 'malformed_http' },
    {
      what: 'a length and chunks at once',
      bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      status: 400,
      code: 'malformed_http',
    },
    {
      what: 'a header line with a line feed in its name',
      bytes: 'GET / HTTP/1.1\r\nHost: a\r\nX\n: 1\r\n\r\n',
      status: 400,
      code: 'malformed_http',
    },
    {
      what: '101 headers',
      bytes: `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(100)}\r\n`,
      status: 431,
      code: 'headers_too_large',
    },
    {
      what: 'a request whose second credential is its 2,003rd header',
      bytes: `GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\n${'a:\r\n'.repeat(2_000)}Authorization: y\r\n\r\n`,
      status: 431,
      code: 'headers_too_large',
    },
    {
      what: 'headers of 17 kB',
      bytes: `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`,
      status: 431,
      code: 'headers_too_large',
    },
  ])('$what', async ({ bytes, status, code }) => {
    const { statusLine, headers, body } = await exchange(bytes);
    expect(statusLine).toContain(` ${status} `);
    expect(headers).toMatch(/^connection: close$/im);
    expect(headers).toMatch(/^content-type: application\/json; charset=utf-8$/im);
    expect(headers).toMatch(/^cache-control: no-store$/im);
    const parsed = JSON.parse(body);
    expect(parsed).toMatchObject({ error: { code, status }, request_id: expect.stringMatching(/^req_/) });
    expect(headers).toContain(parsed.request_id);
  });
});

test('100 headers are served', async () => {
  const bytes = `GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${'X: y\r\n'.repeat(98)}\r\n`;
  expect((await exchange(bytes)).statusLine).toContain(' 200 ');
});

test('garbage behind a request is not taken for its answer', async () => {
  const { statusLine, body } = await exchange('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\ngarbage\r\n\r\n');
  expect(statusLine).toContain(' 200 ');
  expect(body).toContain('"status":"ok"');
});

test('one connection more than may be open is closed at once, counted, and the others are served', async () => {
  let refused = 0;
  const metrics = { countMalformed: () => {}, countRefusedConnection: () => void (refused += 1) };
  const server = createServer((_request, response) => response.end('served'), { maxConnections: 2, metrics });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const open = () => connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});

  const [first, second] = [open(), open()];
  await Promise.all([first, second].map((socket) => once(socket, 'connect')));
  await once(open().resume(), 'close');
  expect(refused).toBe(1);
  first.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(Buffer.concat(await first.toArray()).toString()).toContain('served');
  const next = open();
  next.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(Buffer.concat(await next.toArray()).toString(), 'there is room again').toContain('served');
  second.destroy();
  server.close();
});

/** Sends bytes over a connection and reads until the server closes it. */
async function exchange(bytes: string): Promise<{ statusLine: string; headers: string; body: string }> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write(Buffer.from(bytes, 'latin1'));
  const answer = Buffer.concat(await socket.toArray()).toString();
  const end = answer.indexOf('\r\n\r\n');
  const [statusLine = '', ...headers] = answer.slice(0, end).split('\r\n');
  return { statusLine, headers: headers.join('\n'), body: answer.slice(end + 4) };
}
