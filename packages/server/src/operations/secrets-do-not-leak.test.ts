import { SecretScan } from '@signa/scripts/secret-scan.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES, StoreUnavailableError } from '../index.ts';
import { digestOf } from '../keys/secret.ts';
import { callerOf } from '../testing/caller-of.ts';
import { basic } from '../testing/credentials.ts';
import { readChain } from '../testing/read-chain.ts';
import { operations, sampleRequest } from '../testing/sample-requests.ts';
import { type Given, schemeOf } from '../testing/schemes.ts';
import { type TestApi, type TestOrganization, type TestRequest, startApi } from '../testing/start-api.ts';
import { storeWith } from '../testing/store-with.ts';

const KEYS = '/v1/organization/api-keys';
const INTROSPECT = '/v1/oauth/introspect';
const FORM = 'application/x-www-form-urlencoded';

let api: TestApi;
let organization: TestOrganization;
let given: Given;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  given = { api, organization, resourceServer: await api.createResourceServer() };
});
afterAll(() => api.close());

/** Whether there is a trace of a secret, or of its digest. */
function isFoundIn(text: string, secret: string): boolean {
  return new SecretScan([secret, Buffer.from(digestOf(secret)).toString('hex')]).find(text).length > 0;
}

test('a secret is in the answer that gave it, and in no other answer, no audit row, no request log and no log line', async () => {
  const answers: { status: number; text: string; gave: string | undefined }[] = [];
  /** Whether the store fails, and how, from authentication on or only when it is to write. */
  let failure: { error: Error; when: 'read' | 'write' } | null = null;
  const failing = await startApi({
    clock: api.clock,
    store: storeWith(api.store, {
      async findCredential(digest) {
        if (failure?.when === 'read') throw failure.error;
        return api.store.findCredential(digest);
      },
      change: (organizationId, work) =>
        api.store.change(organizationId, async (transaction) => {
          const result = await work(transaction);
          if (failure?.when === 'write') throw failure.error;
          return result;
        }),
    }),
  });
  const send = async (request: TestRequest) => {
    const response = await failing.send(request);
    const { status, headers, text, body } = response;
    answers.push({ status, text: text + JSON.stringify([...headers]), gave: body?.key });
    return response;
  };
  const manager = callerOf({ send }, organization.manager);

  for (let round = 0; round < 10; round += 1) {
    const { body } = await manager.create({ name: `Round ${round}`, scopes: SCOPES, expires_at: null });
    const { body: rotated } = await manager.rotate(body.id, { grace_period_seconds: 60 });
    const own = callerOf({ send }, rotated);
    await own.getOrganization();
    await own.list({ include_total: 'true' });
    const asServer = { method: 'POST', path: INTROSPECT, headers: { Authorization: basic(given.resourceServer) } };
    for (const token of [rotated.key, body.key]) {
      await send({ ...asServer, type: FORM, body: { token, required_scope: 'billing:read' } });
      await send({ ...asServer, type: FORM, body: `token=${token}&token=${token}&${token}=1&${token}=2` });
      await send({ ...asServer, body: { token } });
    }
    await send({ ...asServer, type: FORM, body: { token: given.resourceServer.secret } });
    await own.get(body.id);
    await own.update(body.id, { metadata: { round: String(round) } });
    // Refused.
    await own.create({ name: `Round ${round}`, scopes: ['trademarks:read'] });
    await own.create({ name: '', scopes: ['none'] });
    await own.rotate(body.id);
    await own.get('key_0000000000000000');
    // Failing inside, before anything is known of the caller and when the answer with its secret is ready.
    for (const when of ['read', 'write'] as const) {
      for (const error of [new StoreUnavailableError('injected'), new Error('injected')]) {
        failure = { error, when };
        for (const operation of operations) {
          const { valid } = schemeOf(operation);
          const headers = { Authorization: valid({ ...given, organization: { ...organization, manager: rotated } }) };
          await send({ ...sampleRequest(operation, body.id, rotated.key), headers });
        }
      }
    }
    failure = null;
    await own.revoke(body.id);
    await own.getOrganization();
  }
  await failing.close();

  const secrets = [organization.manager.key, given.resourceServer.secret, ...answers.flatMap(({ gave }) => gave ?? [])];
  expect(secrets).toHaveLength(2 + 2 * 10);
  expect([...new Set(answers.map(({ status }) => status))].toSorted()).toEqual([
    200, 201, 400, 401, 404, 409, 415, 500, 503,
  ]);
  expect(failing.logLines.join('\n')).toContain('injected');

  const requestLogs = await requestLogTexts(organization.id);
  expect(requestLogs.length).toBeGreaterThanOrEqual(answers.filter(({ status }) => status === 409).length);
  const elsewhere = [
    ...failing.logLines,
    ...(await auditTexts(organization.id)),
    ...(await auditTexts('operator')),
    JSON.stringify(await api.store.resourceServers.list()),
    ...requestLogs,
  ];
  const leaked = secrets.filter((secret) => {
    const others = answers.filter(({ gave }) => gave !== secret).map(({ text }) => text);
    return isFoundIn([...elsewhere, ...others].join('\n'), secret);
  });
  expect(leaked).toEqual([]);
});

async function requestLogTexts(organizationId: string): Promise<string[]> {
  const page = { before: { occurredAt: Number.MAX_SAFE_INTEGER, nth: 0 }, limit: 10_000 };
  const { rows } = await api.store.requestLogs.list(organizationId, { from: 0 }, page);
  return rows.map((row) => JSON.stringify(row));
}

async function auditTexts(chain: string): Promise<string[]> {
  return (await readChain(api.store, chain)).map(({ bytes }) => Buffer.from(bytes).toString());
}

describe('a secret that is put where it does not belong', () => {
  test.each([
    { where: 'an id', request: (key: string) => ({ path: `${KEYS}/${key}` }) },
    { where: 'a path that does not exist', request: (key: string) => ({ path: `/v1/${key}` }) },
    { where: 'a path, in capitals', request: (key: string) => ({ path: `/v1/${key.toUpperCase()}` }) },
    { where: 'a path that lacks its method', request: (key: string) => ({ method: 'PUT', path: `${KEYS}/${key}` }) },
    { where: 'a path that is not decodable', request: (key: string) => ({ path: `${KEYS}/${key}%ff` }) },
    { where: 'the name of a parameter', request: (key: string) => ({ path: `${KEYS}?${key}=1` }) },
    { where: 'a parameter that does not exist', request: (key: string) => ({ path: `${KEYS}?access_token=${key}` }) },
    { where: 'a cursor', request: (key: string) => ({ path: `${KEYS}?cursor=${key}` }) },
    { where: 'a limit', request: (key: string) => ({ path: `${KEYS}?limit=${key}` }) },
    { where: 'a status', request: (key: string) => ({ path: `${KEYS}?status=${key}` }) },
    { where: 'a creator', request: (key: string) => ({ path: `${KEYS}?created_by=${key}` }) },
    { where: 'a search', request: (key: string) => ({ path: `${KEYS}?name=${key}` }) },
    { where: 'the name of a field', request: (key: string) => ({ method: 'POST', path: KEYS, body: { [key]: 1 } }) },
    {
      where: 'the name of an entry',
      request: (key: string) => ({
        method: 'PATCH',
        path: `${KEYS}/${organization.manager.id}`,
        body: { metadata: { [key]: 1 } },
      }),
    },
    {
      where: 'a scope',
      request: (key: string) => ({ method: 'POST', path: KEYS, body: { name: 'x', scopes: [key] } }),
    },
    {
      where: 'an expiry',
      request: (key: string) => ({
        method: 'POST',
        path: KEYS,
        body: { name: 'x', scopes: ['trademarks:read'], expires_at: key },
      }),
    },
    { where: 'a body that is no JSON', request: (key: string) => ({ method: 'POST', path: KEYS, body: `{"${key}` }) },
    { where: 'a content type', request: (key: string) => ({ method: 'POST', path: KEYS, body: '{}', headers: { 'Content-Type': key } }) }, // prettier-ignore
    { where: 'an Idempotency-Key', request: (key: string) => ({ method: 'POST', path: KEYS, body: { name: 'Keyed', scopes: SCOPES }, headers: { 'Idempotency-Key': key } }) }, // prettier-ignore
    { where: 'a wrong Idempotency-Key', request: (key: string) => ({ method: 'POST', path: KEYS, body: {}, headers: { 'Idempotency-Key': `"${key}` } }) }, // prettier-ignore
    { where: 'a header of its own', request: (key: string) => ({ path: KEYS, headers: { 'X-Request-Id': key } }) },
  ])('as $where is repeated in no answer and no log line', async ({ request }) => {
    const { key } = organization.manager;
    for (const asked of [request(key), { ...request(key), key }] as TestRequest[]) {
      const response = await api.send(asked);
      expect(response.status).toBeLessThan(500);
      const answer = response.text + JSON.stringify([...response.headers]);
      expect(isFoundIn(answer, key)).toBe(false);
    }
    expect(isFoundIn(api.logLines.join('\n'), key)).toBe(false);
  });
});
