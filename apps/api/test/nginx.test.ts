import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createClient, unwrap } from '@signa/client';
import { describe, expect, onTestFinished } from 'vitest';
import { expectDocumented } from '../../../packages/server/src/testing/documented.ts';
import { expectError, expectErrorOf } from '../../../packages/server/src/testing/expect-error.ts';
import { operations, sampleRequest } from '../../../packages/server/src/testing/sample-requests.ts';
import { answerOf } from './documented-answer.ts';
import { freePort } from './free-port.ts';
import { nginxFound, startNginx, whySkipped } from './nginx.ts';
import { it, type Server } from './workbench.ts';

const startBefore = async (ports: readonly number[]) => {
  const nginx = await startNginx(ports);
  onTestFinished(() => nginx.stop());
  return nginx;
};
const portOf = ({ url }: Pick<Server, 'url'>) => Number(new URL(url).port);

/** Sends bytes that no HTTP client sends. */
async function exchange(port: number, bytes: string) {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.end(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  const [head, body] = text.split('\r\n\r\n');
  const [line, ...headers] = head!.split('\r\n');
  return answerOf(
    new Response(body, {
      status: Number(line!.split(' ')[1]),
      headers: headers.map((header): [string, string] => /^(.*?): (.*)$/.exec(header)!.slice(1, 3) as [string, string]),
    }),
  );
}

/** What a new instance does not do: takes a request whole, and is gone. */
async function startDying() {
  const received: IncomingMessage[] = [];
  const server = createServer((request) => {
    received.push(request);
    request.resume().once('end', () => request.socket.destroy());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return { received, port: (server.address() as AddressInfo).port };
}

describe.skipIf(!nginxFound)(`nginx as it is deployed${whySkipped}`, () => {
  it('passes keys on, and the address of the client that it saw itself', async ({ bench }) => {
    const server = await bench.start({ env: { TRUST_PROXY: '1' } });
    const nginx = await startBefore([portOf(server)]);
    const signa = createClient({ baseUrl: nginx.url, apiKey: bench.firstKey });
    await unwrap(
      signa.POST('/v1/organization/api-keys', {
        body: { name: 'Import', scopes: ['trademarks:read'] },
        headers: { 'X-Forwarded-For': '203.0.113.9' },
      }),
    );
    const { data } = await unwrap(signa.GET('/v1/organization/audit-events', { params: { query: { limit: 1 } } }));
    expect(data[0]).toMatchObject({ action: 'api_key.created' });
    expect(JSON.stringify(data)).toContain('"127.0.0.1"');
    expect(JSON.stringify(data)).not.toContain('203.0.113.9');
  });

  it('changes no answer', async ({ bench }) => {
    const server = await bench.start({ env: { TRUST_PROXY: '1' } });
    const nginx = await startBefore([portOf(server)]);
    for (const operation of operations) {
      const { method, path, type, body } = sampleRequest(operation, 'key_aaaaaaaa');
      const response = await fetch(`${nginx.url}${path}`, {
        method: method!,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': type! } }),
      });
      const answer = await answerOf(response);
      expect(answer.status).toBe(401);
      expectDocumented(operation, answer);
    }
  });

  it('answers as the contract has it when no instance does', async () => {
    const nginx = await startBefore([await freePort(), await freePort()]);
    for (const operation of operations) {
      const { method, path } = sampleRequest(operation, 'key_aaaaaaaa');
      const answer = await answerOf(await fetch(`${nginx.url}${path}`, { method: method! }));
      expectErrorOf(operation, answer, 503, 'storage_unavailable');
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    // The path of an error is one that the body can take as it is.
    const hostile = await answerOf(await fetch(`${nginx.url}/v1/%22%7D?a="`));
    expectError(hostile, 503, 'storage_unavailable');
    expect(hostile.body).toMatchObject({ error: { instance: '/v1/%22%7D' } });
  });

  it('answers as the contract has it what it refuses itself', async () => {
    const nginx = await startBefore([await freePort()]);
    const create = operations.find(({ id }) => id === 'createApiKey')!;
    const introspect = operations.find(({ scheme }) => scheme !== create.scheme)!;
    for (const operation of [create, introspect]) {
      const init = { method: 'POST', body: 'a'.repeat(100_000) };
      const answer = await answerOf(await fetch(`${nginx.url}${operation.path}`, init));
      if (operation === create) expectError(answer, 413, 'body_too_large');
      expect(answer.status).toBe(413);
      expect(answer.body).toHaveProperty('error');
    }
    const long = 'a'.repeat(17_000);
    const { port } = nginx;
    expectError(
      await exchange(port, `GET /v1/organization HTTP/1.1\r\nHost: a\r\nA: ${long}\r\n\r\n`),
      431,
      'headers_too_large',
    );
    expectError(await exchange(port, `GET /${long} HTTP/1.1\r\nHost: a\r\n\r\n`), 431, 'headers_too_large');
    expectError(await exchange(port, 'GET / HTTP/1.1\r\nno colon\r\n\r\n'), 400, 'malformed_http');
    expectError(await exchange(port, 'nonsense\r\n\r\n'), 400, 'malformed_http');
    const traced = await exchange(port, 'TRACE /v1/organization HTTP/1.1\r\nHost: a\r\n\r\n');
    expectError(traced, 405, 'method_not_allowed');
    expect(traced.headers.get('allow')).toContain('GET');
  });

  it('never sends a POST or PATCH twice, but asks the other instance for what can be asked twice', async () => {
    for (const [method, times] of [
      ['POST', 1],
      ['PATCH', 1],
      ['GET', 2],
    ] as const) {
      const instances = [await startDying(), await startDying()];
      const nginx = await startBefore(instances.map(({ port }) => port));
      const response = await fetch(`${nginx.url}/v1/organization`, { method });
      expectError(await answerOf(response), 503, 'storage_unavailable');
      const received = instances.flatMap((instance) => instance.received.map((request) => request.method));
      expect(received).toEqual(Array.from({ length: times }, () => method));
    }
  });

  it('sends everything to the other instance while one cannot be reached', async ({ bench }) => {
    const server = await bench.start({ env: { TRUST_PROXY: '1' } });
    const nginx = await startBefore([await freePort(), portOf(server)]);
    const signa = createClient({ baseUrl: nginx.url, apiKey: bench.firstKey, retries: 0 });
    for (let n = 0; n < 10; n++) {
      await unwrap(
        signa.POST('/v1/organization/api-keys', { body: { name: `Key ${n}`, scopes: ['trademarks:read'] } }),
      );
    }
  });
});
