import { describe, expect, test } from 'vitest';
import { answer, apiKey, errorExamples, html, identity, keyId } from '../test/answers.ts';
import { ConnectionError, TimeoutError } from './errors.ts';
import { withRetries } from './retry.ts';

type Step = Response | Error | 'hang';

/** A fetch that plays steps, and a clock that only notes how long it was asked to wait. */
function play(steps: Step[], { retries = 2, timeoutMs = 1000, random = 0 } = {}) {
  const sent: Request[] = [];
  const waits: number[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    sent.push(request);
    const step = steps[sent.length - 1];
    if (step === 'hang') return new Promise(() => {});
    if (step instanceof Error) throw step;
    return step!.clone();
  };
  const authorize = async ({ headers }: Request) => headers.set('Authorization', `Bearer ${apiKey}`);
  const clock = { random: () => random, wait: async (ms: number) => void waits.push(ms) };
  const prepare = () => authorize;
  return { send: withRetries({ prepare, fetch, retries, timeoutMs }, clock), sent, waits };
}

const ok = () => Response.json(identity);
const lost = new TypeError('fetch failed');
const get = () => new Request('http://api.test/v1/organization');
const post = () => new Request('http://api.test/v1/organization/api-keys', { method: 'POST', body: '{"name":"A"}' });
const keyed = () => new Request(post(), { headers: { 'Idempotency-Key': 'k' } });
const patch = () => new Request(`http://api.test/v1/organization/api-keys/${keyId}`, { method: 'PATCH', body: '{}' });
const head = () => new Request('http://api.test/v1/organization', { method: 'HEAD' });
const put = () => new Request('http://api.test/v1/organization', { method: 'PUT', body: '{}' });
const revoke = () => new Request(`http://api.test/v1/organization/api-keys/${keyId}`, { method: 'DELETE' });

describe('a request that changes nothing when it is repeated', () => {
  test.each<[string, Step]>([
    ['a failure of the network', lost],
    ['a 429', answer('RateLimitExceeded')],
    ["a proxy's 502", html(502)],
    ['a 503 that may have been carried out', answer('StorageUnavailable')],
    ["a proxy's 504", html(504)],
  ])('is sent again after %s', async (_, failure) => {
    for (const request of [get, head, put, revoke, keyed]) {
      const { send, sent } = play([failure, ok()]);
      expect((await send(request())).status).toBe(200);
      expect(sent).toHaveLength(2);
    }
  });

  test.each(['KeyNotFound', 'InvalidCredentials', 'FailedAuthenticationsExceeded', 'InternalError'] as const)(
    'is not sent again after %s',
    async (name) => {
      const { send, sent } = play([answer(name), ok()]);
      await send(get());
      expect(sent).toHaveLength(1);
    },
  );

  test('is sent again after a time-out', async () => {
    const { send, sent } = play(['hang', ok()], { timeoutMs: 20 });
    expect((await send(get())).status).toBe(200);
    expect(sent).toHaveLength(2);
  });

  test('is not sent again after a success', async () => {
    const { send, sent } = play([Response.json(identity, { headers: { 'Retry-After': '1' } }), ok()]);
    await send(get());
    expect(sent).toHaveLength(1);
  });

  test('is sent again as often as is allowed, and then its last failure is told', async () => {
    const { send, sent } = play([lost, lost, lost, ok()]);
    await expect(send(get())).rejects.toThrow(ConnectionError);
    expect(sent).toHaveLength(3);
    const none = play([html(502), ok()], { retries: 0 });
    expect((await none.send(get())).status).toBe(502);
  });
});

describe('a request that might have been carried out', () => {
  test.each<[string, Step]>([
    ['a failure of the network', lost],
    ["a proxy's 502", html(502)],
    ["a proxy's 503", html(503, { 'Retry-After': '1' })],
    ["a proxy's 429", html(429)],
    ['a 503 that may have been carried out', answer('StorageUnavailable')],
    ['a 500', answer('InternalError')],
  ])('is never repeated after %s', async (_, failure) => {
    for (const request of [post, patch]) {
      const { send, sent } = play([failure, ok()]);
      await send(request()).catch(() => {});
      expect(sent).toHaveLength(1);
    }
  });

  test.each<[string, (busy: typeof errorExamples.StorageBusy) => unknown]>([
    ['that has no code', ({ error, ...body }) => ({ ...body, error: { ...error, code: undefined } })],
    ['of another status', ({ error, ...body }) => ({ ...body, error: { ...error, status: 429 } })],
    ['where there is no error', () => ({ retryable: true, code: 'storage_busy', status: 503 })],
  ])('is not repeated on the word of a body %s', async (_, change) => {
    const { send, sent } = play([Response.json(change(errorExamples.StorageBusy), { status: 503 }), ok()]);
    expect((await send(post())).status).toBe(503);
    expect(sent).toHaveLength(1);
  });

  test('is never repeated after a time-out', async () => {
    const { send, sent } = play(['hang', ok()], { timeoutMs: 20 });
    await expect(send(post())).rejects.toThrow(TimeoutError);
    expect(sent).toHaveLength(1);
  });

  test.each(['StorageBusy', 'RateLimitExceeded'] as const)(
    'is repeated, body and all, when %s says that nothing was',
    async (name) => {
      const { send, sent } = play([answer(name), ok()]);
      expect((await send(post())).status).toBe(200);
      expect(await Promise.all(sent.map((request) => request.text()))).toEqual(['{"name":"A"}', '{"name":"A"}']);
    },
  );
});

describe('the wait before the next attempt', () => {
  test('is a random part of a backoff that doubles', async () => {
    const { send, waits } = play([lost, lost, ok()], { random: 0.5 });
    await send(get());
    expect(waits).toEqual([250, 500]);
  });

  test('is at least what the answer asks for, by its body or its header', async () => {
    const { send, waits } = play([
      answer('StorageBusy', { 'Retry-After': '7' }),
      html(503, { 'Retry-After': '3' }),
      ok(),
    ]);
    await send(get());
    expect(waits).toEqual([7000, 3000]);
  });

  test('is as long as the longer of both asks for, and the backoff comes on top', async () => {
    const { send, waits } = play([answer('RateLimitExceeded', { 'Retry-After': '2' }), ok()], { random: 0.5 });
    await send(post());
    expect(waits).toEqual([errorExamples.RateLimitExceeded.error.retry_after! * 1000 + 250]);
  });

  test('understands an HTTP date, and lets one that is past or no date count for nothing', async () => {
    const inTenSeconds = new Date(Date.now() + 10_000).toUTCString();
    const { send, waits } = play(
      [
        html(503, { 'Retry-After': inTenSeconds }),
        html(503, { 'Retry-After': 'Wed, 21 Oct 2015 07:28:00 GMT' }),
        html(503, { 'Retry-After': 'soon' }),
        ok(),
      ],
      { retries: 3 },
    );
    await send(get());
    const [first, ...others] = waits;
    expect(first).toBeGreaterThan(8000);
    expect(first).toBeLessThanOrEqual(10_000);
    expect(others).toEqual([0, 0]);
  });

  test('is a minute at most, whatever comes together', async () => {
    const failures = Array.from({ length: 12 }, () => lost);
    const { send, waits } = play([html(429, { 'Retry-After': '60' }), ...failures, ok()], {
      retries: 20,
      random: 0.99,
    });
    await send(get());
    expect(Math.max(...waits)).toBe(60_000);
    expect(waits[0]).toBe(60_000);
  });

  test('is not begun when the answer asks for more than a minute', async () => {
    const { send, sent, waits } = play([html(503, { 'Retry-After': '61' }), ok()]);
    expect((await send(get())).status).toBe(503);
    expect([sent.length, waits]).toEqual([1, []]);
  });
});

describe('a signal', () => {
  test('ends an attempt at once, with its reason, even when fetch does not listen', async () => {
    const { send, sent } = play(['hang', ok()]);
    const controller = new AbortController();
    const sending = send(new Request(get(), { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error('enough')), 10);
    await expect(sending).rejects.toThrow('enough');
    expect(sent).toHaveLength(1);
  });

  test('ends a wait at once, with its reason', async () => {
    const authorize = async () => {};
    const send = withRetries({
      prepare: () => authorize,
      fetch: async () => html(503, { 'Retry-After': '30' }),
      retries: 2,
      timeoutMs: 1000,
    });
    const controller = new AbortController();
    const sending = send(new Request(get(), { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error('enough')), 30);
    await expect(sending).rejects.toThrow('enough');
  });
});

test('however often a request is repeated, no listeners pile up on its signal', async () => {
  const { send, sent } = play([...Array.from({ length: 30 }, () => lost), ok()], { retries: 30 });
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on('warning', warned);
  await send(get());
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off('warning', warned);
  expect(sent).toHaveLength(31);
  expect(warnings).toEqual([]);
});
