import { createClient, unwrap } from '@signa/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { callerOf } from '../testing/caller-of.ts';
import { startLossyProxy } from '../testing/lossy-proxy.ts';
import { readAudit } from '../testing/read-audit.ts';
import { type TestApi, type TestKey, type TestOrganization, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  organization = await api.createOrganization();
});

/** The client as anybody has it, on a connection that loses the answer to what is called. */
async function losing<T>(
  { key }: TestKey,
  call: (signa: ReturnType<typeof createClient>) => Promise<T>,
): Promise<{ result: T; answers: Response[] }> {
  const proxy = await startLossyProxy(api.url);
  const signa = createClient({ baseUrl: proxy.url, apiKey: key });
  const answers: Response[] = [];
  signa.use({ onResponse: ({ response }) => void answers.push(response) });
  proxy.loseNextAnswer();
  const result = await call(signa);
  expect(proxy.lost).toBe(1);
  return { result, answers };
}

const actions = async () => (await readAudit(api.store, organization.id)).map(({ action }) => action);
const keysNamed = async (name: string) =>
  (await callerOf(api, organization.manager).list({ name })).body.data as { id: string }[];
const identityOf = async (key: string) => (await callerOf(api, { key }).getOrganization()).body;

describe('the client, whose connection is cut after the server has committed, by itself', () => {
  test('gets the secret of the one key that it created', async () => {
    const before = await actions();
    const { result: created, answers } = await losing(organization.manager, (signa) =>
      unwrap(signa.POST('/v1/organization/api-keys', { body: { name: 'Lost', scopes: ['trademarks:read'] } })),
    );
    expect(answers.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual(['true']);
    expect(await keysNamed('Lost')).toMatchObject([{ id: created.id }]);
    expect(await actions()).toEqual([...before, 'api_key.created']);
    expect((await identityOf(created.key)).api_key.id).toBe(created.id);
  });

  test('gets the secret of the one rotation', async () => {
    const { id } = await organization.createKey();
    const before = await actions();
    const { result: rotated, answers } = await losing(organization.manager, (signa) =>
      unwrap(signa.POST('/v1/organization/api-keys/{id}/rotate', { params: { path: { id } } })),
    );
    expect(answers.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual(['true']);
    expect(await actions()).toEqual([...before, 'api_key.rotated']);
    expect((await identityOf(rotated.key)).api_key.id).toBe(id);
  });

  test('gets its own new secret, when it rotates the key that it uses', async () => {
    const own = await organization.createKey({ scopes: SCOPES });
    const before = await actions();
    const { result: rotated } = await losing(own, (signa) =>
      unwrap(signa.POST('/v1/organization/api-keys/{id}/rotate', { params: { path: { id: own.id } } })),
    );
    expect(await actions()).toEqual([...before, 'api_key.rotated']);
    expect((await identityOf(rotated.key)).api_key.id).toBe(own.id);
  });
});

test('without an Idempotency-Key the answer would have been lost: the proxy loses it after the commit', async () => {
  const { url, loseNextAnswer } = await startLossyProxy(api.url);
  loseNextAnswer();
  const create = fetch(`${url}/v1/organization/api-keys`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${organization.manager.key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Lost for good', scopes: ['trademarks:read'] }),
  });
  await expect(create).rejects.toThrow(TypeError);
  expect(await keysNamed('Lost for good')).toHaveLength(1);
});
