import { inspect } from 'node:util';
import contract from '@signa/openapi/openapi.json' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import { answer, apiKey, errorExamples, html } from '../test/answers.ts';
import { serve } from '../test/serve.ts';
import { ApiError, ConnectionError, TimeoutError, createClient, unwrap } from './index.ts';
import { toApiError } from './errors.ts';

const thrownBy = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

test.each([
  [400, 'ValidationError'],
  [401, 'UnauthorizedError'],
  [403, 'ForbiddenError'],
  [404, 'NotFoundError'],
  [409, 'ConflictError'],
  [429, 'RateLimitedError'],
  [503, 'ServiceUnavailableError'],
  [418, 'ApiError'],
  [500, 'ApiError'],
])('a %i is a %s by name too, whoever answered', (status, name) => {
  const error = toApiError(html(status), '<html>');
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ name, status, code: undefined, type: undefined, requestId: undefined, errors: [] });
  expect(String(error)).toBe(`${name}: ${status}: This is no answer of the API`);
});

test('the message is the code and the detail', () => {
  const { code, detail } = errorExamples.NameTaken.error;
  expect(toApiError(answer('NameTaken'), errorExamples.NameTaken).message).toBe(`${code}: ${detail}`);
});

test.each([[null], [undefined], ['text'], [7], [[]], [{}], [{ error: null }], [{ error: 'busy' }]])(
  'a body such as %j is no error of the contract, and does no harm',
  (body) => {
    expect(toApiError(html(503), body)).toMatchObject({ status: 503, code: undefined, retryable: false });
  },
);

test('an error as OAuth has it is told by its description, and is whole in the body', () => {
  const body = contract.components.examples.OAuthStorageBusy.value;
  const error = toApiError(html(503, { 'Retry-After': '1' }), body);
  expect(error).toMatchObject({
    name: 'ServiceUnavailableError',
    detail: body.error_description,
    code: undefined,
    body,
  });
  expect(error.retryAfter).toBe(1);
});

describe('retryAfter', () => {
  const retryAfter = (header: string) => toApiError(html(503, { 'Retry-After': header }), '').retryAfter;

  test('is the seconds of the header, rounded up to whole ones', () => {
    expect([retryAfter('7'), retryAfter('1.2')]).toEqual([7, 2]);
  });

  test('is undefined when nothing asks to wait', () => {
    expect([retryAfter('0'), retryAfter('-5'), retryAfter('soon'), retryAfter('')]).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
    expect(toApiError(html(503), '').retryAfter).toBeUndefined();
  });
});

test('the key is in no error of the connection, nor in what caused it', async () => {
  const authorizations: unknown[] = [];
  const broken = await serve(({ headers, socket }) => {
    authorizations.push(headers.authorization);
    socket.destroy();
  });
  const hang = ({ headers }: Request) => {
    authorizations.push(headers.get('Authorization'));
    return new Promise<Response>(() => {});
  };
  const options = { baseUrl: broken.url, apiKey, retries: 0 };
  const late = await thrownBy(unwrap(createClient({ ...options, fetch: hang, timeoutMs: 20 }).GET('/v1/organization')));
  const lost = await thrownBy(unwrap(createClient(options).GET('/v1/organization')));
  // Or there would be no key to leak.
  expect(authorizations).toEqual([`Bearer ${apiKey}`, `Bearer ${apiKey}`]);
  expect(late).toBeInstanceOf(TimeoutError);
  expect(lost).toBeInstanceOf(ConnectionError);
  expect(lost).not.toBeInstanceOf(TimeoutError);
  for (const error of [late, lost] as Error[]) {
    const printed = [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), error.message];
    expect(printed.join('\n')).not.toContain(apiKey);
  }
});
