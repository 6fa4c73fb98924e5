import { createHash } from 'node:crypto';
import type { components } from '@signa/openapi';
import contract from '@signa/openapi/openapi.json' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import type { Store } from '../index.ts';
import { StoreBusyError, StoreUnavailableError } from '../storage/store.ts';
import { type TestApi, startApi } from '../testing/start-api.ts';
import { redactSecrets } from './api-error.ts';
import { ERROR_CODES, ERROR_TYPES } from './error-codes.ts';

type ErrorBody = components['schemas']['Error'];

const examples = Object.entries(contract.components.examples) as unknown as [string, { value: ErrorBody }][];

test.each(examples)("the contract's example %s is what the server says of its code", (_, { value: { error } }) => {
  const kind = ERROR_CODES[error.code];
  const { status, title } = ERROR_TYPES[kind.type];
  expect(error).toMatchObject({ type: kind.type, status, title, suggestion: kind.suggestion });
  expect(error.retryable).toBe(kind.retryable ?? false);
});

test('the contract says of every code what it means', () => {
  const { enum: codes, 'x-enumDescriptions': descriptions } = contract.components.schemas.ErrorCode;
  expect(Object.keys(descriptions)).toEqual(codes);
});

describe('what fails inside', () => {
  const planted = 'planted internal detail';
  test.each([
    { failure: new StoreBusyError(planted), status: 503, code: 'storage_busy', retryable: true, retryAfter: '1' },
    {
      failure: new StoreUnavailableError(planted),
      status: 503,
      code: 'storage_unavailable',
      retryable: false,
      retryAfter: '5',
    },
    { failure: new Error(planted), status: 500, code: 'internal_error', retryable: false, retryAfter: null },
    { failure: null, status: 500, code: 'internal_error', retryable: false, retryAfter: null },
  ])(
    'is answered $code, logged with its cause, and tells nothing of it',
    async ({ failure, status, code, retryable, retryAfter }) => {
      await withFailure(failure, async (api, path, key) => {
        const response = await api.send({ path, key });
        expect(response).toMatchObject({ status, body: { error: { code, retryable } } });
        expect(response.headers.get('retry-after')).toBe(retryAfter);
        expect(response.body.error.retry_after).toBe(retryAfter && Number(retryAfter));
        expect(response.text).not.toContain(planted);
        const line = api.logLines.find((text) => text.includes(response.body.request_id) && text.includes('failed'));
        expect(line).toContain(planted);
      });
    },
  );

  test('an answer that breaks the contract is withheld whole, not trimmed', async () => {
    const leaky = { metadata: { planted: { nested: planted } } };
    await withKey(leaky, async (api, path, key) => {
      const response = await api.send({ path, key });
      expect(response).toMatchObject({ status: 500, body: { error: { code: 'internal_error' } } });
      expect(response.text).not.toContain(planted);
      expect(api.logLines.join('\n')).toContain('getApiKey 200: the body /metadata/planted must be string');
    });
  });

  /** Runs with a store whose look-up of a key fails; with null, by throwing what is no Error at all. */
  function withFailure(failure: Error | null, run: (api: TestApi, path: string, key: string) => Promise<void>) {
    return withStore({ getApiKey: () => Promise.reject(failure ?? planted) }, run);
  }

  function withKey(change: object, run: (api: TestApi, path: string, key: string) => Promise<void>) {
    return withStore(
      (store) => ({
        getApiKey: async (organizationId: string, id: string) => ({
          ...(await store.getApiKey(organizationId, id))!,
          ...change,
        }),
      }),
      run,
    );
  }

  async function withStore(
    methods: object | ((store: Store) => object),
    run: (api: TestApi, path: string, key: string) => Promise<void>,
  ): Promise<void> {
    const working = await startApi();
    const overridden: Record<PropertyKey, unknown> =
      typeof methods === 'function' ? methods(working.store) : { ...methods };
    const store = new Proxy(working.store, {
      get: (target, name) => {
        if (name in overridden) return overridden[name];
        if (name === 'close') return async () => {};
        return Reflect.get(target, name).bind(target);
      },
    });
    const api = await startApi({ store });
    const { manager } = await api.createOrganization();
    await run(api, `/v1/organization/api-keys/${manager.id}`, manager.key);
    await api.close();
    await working.close();
  }
});

describe('a secret', () => {
  test('is cut down to its prefix wherever it was put by mistake', () => {
    const secret = `sig_${'0a'.repeat(26)}`;
    expect(redactSecrets(`at /keys/${secret}, and ${secret.toUpperCase().replace('SIG', 'sig')}`)).toBe(
      'at /keys/sig_0a0a…, and sig_0A0A…',
    );
  });

  test('is found in no log line and no answer but the one that gave it', async () => {
    const api = await startApi();
    const organization = await api.createOrganization();
    const secrets = [organization.manager.key];
    const answers: string[] = [];
    const send = async (request: Parameters<TestApi['send']>[0]) => void answers.push((await api.send(request)).text);
    const path = '/v1/organization/api-keys';

    for (let count = 0; count < 20; count += 1) {
      const { id, key } = await organization.createKey();
      secrets.push(key);
      await send({ path, key });
      await send({ path: `${path}/${id}`, key: organization.manager.key });
      await send({ path: `${path}/${key}`, key: organization.manager.key });
      await send({ path: `/${key}` });
      await send({ path: `${path}?${key}=${key}`, key: organization.manager.key });
      await send({ path: `${path}?cursor=${key}&name=${key}`, key: organization.manager.key });
      await send({ method: 'POST', path, key: organization.manager.key, body: { [key]: key, scopes: [key] } });
      await send({ method: 'PATCH', path: `${path}/${id}`, key, body: `{"${key}` });
    }
    await api.close();

    const seen = [...answers, ...api.logLines].join('\n');
    const found = (secret: string) => formsOf(secret).filter((form) => seen.includes(form));
    expect(secrets.flatMap(found)).toEqual([]);
    // The scan itself works: what is there, it finds.
    expect(seen.includes(secrets[1]!.slice(0, 8))).toBe(true);
    expect(formsOf(seen.slice(100, 156)).some((form) => seen.includes(form))).toBe(true);
  });

  /** A secret as it could turn up: as it is, in other writing, or any 16 characters of it. */
  function formsOf(secret: string): string[] {
    const windows = Array.from({ length: secret.length - 15 }, (_, start) => secret.slice(start, start + 16));
    const digest = createHash('sha256').update(secret).digest();
    const encodings = [
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
      digest.toString('hex'),
    ];
    return [...windows, secret.toUpperCase(), ...encodings, digest.toString('base64')];
  }
});
