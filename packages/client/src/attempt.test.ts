import { describe, expect, test, vi } from 'vitest';
import { apiKey, identity, keyId } from '../test/answers.ts';
import { sendJson, serve } from '../test/serve.ts';
import { ApiError, ConnectionError, TimeoutError, createClient, unwrap } from './index.ts';

const thrownBy = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

describe('an answer that does not come', () => {
  test('in time is a time-out, which names the request', async () => {
    const { url } = await serve(() => {});
    const signa = createClient({ baseUrl: url, apiKey, timeoutMs: 50, retries: 0 });
    const error = await thrownBy(unwrap(signa.GET('/v1/organization')));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      name: 'TimeoutError',
      message: expect.stringContaining(`GET ${url}/v1/organization`),
    });
    expect((error as TimeoutError).cause).toBeInstanceOf(DOMException);
  });

  test('because nobody listens is a failed connection, with what fetch threw as its cause', async () => {
    const signa = createClient({ baseUrl: 'http://127.0.0.1:1', apiKey, retries: 0 });
    const error = await thrownBy(
      unwrap(signa.POST('/v1/organization/api-keys/{id}/rotate', { params: { path: { id: keyId } } })),
    );
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).not.toBeInstanceOf(TimeoutError);
    expect((error as ConnectionError).cause).toBeInstanceOf(TypeError);
  });

  test('to its end is no answer: the time-out covers the body, and a body that breaks off has failed', async () => {
    const begin = JSON.stringify(identity).slice(0, 20);
    const stalling = await serve(
      (_request, response) => void response.writeHead(200, { 'Content-Length': 999 }).write(begin),
    );
    const breaking = await serve((_request, response) =>
      response.writeHead(200, { 'Content-Length': 999 }).write(begin, () => response.destroy()),
    );
    const call = ({ url }: { url: string }, timeoutMs: number) =>
      thrownBy(createClient({ baseUrl: url, apiKey, timeoutMs, retries: 0 }).GET('/v1/organization'));
    expect(await call(stalling, 200)).toBeInstanceOf(TimeoutError);
    const error = await call(breaking, 20_000);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).not.toBeInstanceOf(TimeoutError);
  });

  test('is not waited for after the time-out: the connection is closed', async () => {
    const closed = vi.fn<() => void>();
    const { url } = await serve((request) => request.socket.on('close', closed));
    await thrownBy(createClient({ baseUrl: url, apiKey, timeoutMs: 500, retries: 0 }).GET('/v1/organization'));
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
  });
});

test('a time-out of Infinity is none', async () => {
  const { url } = await serve((_request, response) => setTimeout(() => sendJson(response, 200, identity), 50));
  const signa = createClient({ baseUrl: url, apiKey, timeoutMs: Infinity, retries: 0 });
  expect(await unwrap(signa.GET('/v1/organization'))).toEqual(identity);
});

test('an answer much longer than a buffer arrives in full', async () => {
  const long = { ...identity, org_name: 'A'.repeat(2 ** 20) };
  const { url } = await serve((_request, response) => sendJson(response, 200, long));
  expect(await unwrap(createClient({ baseUrl: url, apiKey }).GET('/v1/organization'))).toEqual(long);
});

describe('a signal', () => {
  test('that is aborted already lets nothing be sent', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, 200, identity));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(createClient({ baseUrl: url, apiKey }).GET('/v1/organization', { signal })).rejects.toThrow('enough');
    expect(received).toEqual([]);
  });

  test('closes the connection of a running attempt, and the caller gets its reason', async () => {
    const closed = vi.fn<() => void>();
    const controller = new AbortController();
    const { url, received } = await serve((request) => {
      request.socket.on('close', closed);
      controller.abort(new Error('enough'));
    });
    const { signal } = controller;
    await expect(createClient({ baseUrl: url, apiKey }).GET('/v1/organization', { signal })).rejects.toThrow('enough');
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
    expect(received).toHaveLength(1);
  });

  test('that times out is the caller’s time-out, which is not tried again', async () => {
    const { url, received } = await serve(() => {});
    const error = await thrownBy(
      createClient({ baseUrl: url, apiKey }).GET('/v1/organization', { signal: AbortSignal.timeout(50) }),
    );
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(error).not.toBeInstanceOf(ConnectionError);
    expect(received.length).toBeLessThan(2);
  });
});

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('%i is an error: neither key nor body goes elsewhere', async (status) => {
    const elsewhere = await serve((_request, response) => sendJson(response, 200, identity));
    const { url, received } = await serve((_request, response) =>
      response.writeHead(status, { Location: `${elsewhere.url}/v1/organization` }).end(),
    );
    const signa = createClient({ baseUrl: url, apiKey });
    for (const call of [
      signa.GET('/v1/organization', { redirect: 'follow' }),
      signa.POST('/v1/organization/api-keys', { body: { name: 'A', scopes: ['billing:read'] } }),
    ]) {
      const error = await thrownBy(call);
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status, code: undefined });
    }
    expect(received).toHaveLength(2);
    expect(elsewhere.received).toEqual([]);
  });
});

describe('the key', () => {
  test('is not put over an Authorization that the request brings', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, 200, identity));
    const signa = createClient({ baseUrl: url, apiKey });
    await signa.GET('/v1/organization', { headers: { Authorization: 'Basic c2VydmVy' } });
    expect(received[0]!.headers.authorization).toBe('Basic c2VydmVy');
  });

  test('is asked for before every attempt, and what asking for it throws reaches the caller', async () => {
    const asked = vi
      .fn<() => Promise<string>>()
      .mockResolvedValueOnce(apiKey)
      .mockRejectedValueOnce(new Error('sealed'));
    const { url, received } = await serve((request) => request.socket.destroy());
    const signa = createClient({ baseUrl: url, apiKey: asked });
    await expect(signa.GET('/v1/organization')).rejects.toThrow('sealed');
    expect(asked).toHaveBeenCalledTimes(2);
    expect(received).toHaveLength(1);
  });

  test('is quoted by no error when it cannot be sent', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, 200, identity));
    for (const wrong of [`${apiKey}\n${apiKey}`, `${apiKey} `, `${apiKey}…`, '']) {
      expect(() => createClient({ baseUrl: url, apiKey: wrong })).toThrow(/^apiKey must [^_]+$/);
      const signa = createClient({ baseUrl: url, apiKey: () => wrong });
      await expect(signa.GET('/v1/organization')).rejects.toThrow(/^apiKey must [^_]+$/);
    }
    expect(received).toEqual([]);
  });
});

test('a middleware sees a call once, however many attempts it takes, and never the key', async () => {
  const { url, received } = await serve((request, response) =>
    received.length === 1 ? request.socket.destroy() : sendJson(response, 200, identity),
  );
  const seen: unknown[] = [];
  const signa = createClient({ baseUrl: url, apiKey });
  signa.use({
    onRequest: ({ request }) => {
      request.headers.set('X-Trace', 'abc');
      seen.push(request.headers.get('Authorization'));
    },
    onResponse: ({ request, response }) => void seen.push(request.headers.get('Authorization'), response.status),
  });
  expect(await unwrap(signa.GET('/v1/organization'))).toEqual(identity);
  expect(received.map(({ headers }) => headers['x-trace'])).toEqual(['abc', 'abc']);
  expect(seen).toEqual([null, null, 200]);
});
