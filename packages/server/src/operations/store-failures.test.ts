import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Scheme } from '../contract/handler.ts';
import type { Store } from '../index.ts';
import { StoreBusyError, StoreUnavailableError } from '../index.ts';
import { expectError, expectErrorOf } from '../testing/expect-error.ts';
import { readAudit } from '../testing/read-audit.ts';
import { operations, sampleRequest } from '../testing/sample-requests.ts';
import { type Given, nameOf, schemeOf } from '../testing/schemes.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';
import { storeWith } from '../testing/store-with.ts';

const PLANTED = 'planted /var/lib/signa.db SELECT secret_digest';

let api: TestApi;
let organization: TestOrganization;
let callers: Given;
/** A second server on the same data. `methods` take the place of its store's. */
let failing: TestApi;
let methods: Partial<Store>;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  callers = { api, organization, resourceServer: await api.createResourceServer() };
  const store = storeWith(api.store, {
    findCredential: (...given) => (methods.findCredential ?? api.store.findCredential.bind(api.store))(...given),
    getApiKey: (...given) => (methods.getApiKey ?? api.store.getApiKey.bind(api.store))(...given),
    listApiKeys: (...given) => (methods.listApiKeys ?? api.store.listApiKeys.bind(api.store))(...given),
    change: (...given) => (methods.change ?? api.store.change.bind(api.store))(...given),
    audit: { ...api.store.audit, list: (...given) => (methods.audit ?? api.store.audit).list(...given) },
    resourceServers: {
      find: (...given) => (methods.resourceServers ?? api.store.resourceServers).find(...given),
      list: () => api.store.resourceServers.list(),
    },
    requestLogs: {
      ...api.store.requestLogs,
      list: (...given) => (methods.requestLogs ?? api.store.requestLogs).list(...given),
    },
    usage: { summarize: (...given) => (methods.usage ?? api.store.usage).summarize(...given) },
  });
  failing = await startApi({ store, clock: api.clock });
});
afterAll(async () => {
  await failing.close();
  await api.close();
});
beforeEach(() => {
  methods = {};
});

const failures = [
  {
    what: 'that is locked',
    fail: () => Promise.reject(new StoreBusyError(PLANTED)),
    want: { status: 503, code: 'storage_busy', type: 'service_unavailable', retryable: true, retry_after: 1 },
  },
  {
    what: 'that does not answer',
    fail: () => Promise.reject(new StoreUnavailableError(PLANTED, { cause: new Error(PLANTED) })),
    want: { status: 503, code: 'storage_unavailable', type: 'service_unavailable', retryable: false, retry_after: 5 },
  },
  {
    what: 'that fails as nobody foresaw',
    fail: () => Promise.reject(new TypeError(PLANTED)),
    want: { status: 500, code: 'internal_error', type: 'internal_error', retryable: false, retry_after: null },
  },
  {
    what: 'that throws no Error',
    fail: () => Promise.reject(PLANTED),
    want: { status: 500, code: 'internal_error', type: 'internal_error', retryable: false, retry_after: null },
  },
  {
    what: 'that throws nothing',
    fail: () => Promise.reject(undefined),
    want: { status: 500, code: 'internal_error', type: 'internal_error', retryable: false, retry_after: null },
  },
] as const;

/** By what a caller of each security scheme is found. */
const LOOK_UPS = { apiKey: 'findCredential', resourceServer: 'resourceServers' } as const satisfies Record<
  Scheme,
  keyof Store
>;

describe.each(failures)('a store $what', ({ what, fail, want }) => {
  const failingMethods = {
    findCredential: fail,
    getApiKey: fail,
    listApiKeys: fail,
    change: fail,
    audit: { list: fail, readPortion: fail, listChains: fail },
    resourceServers: { find: fail, list: fail },
    requestLogs: { append: fail, list: fail, prune: fail },
    usage: { summarize: fail },
  };

  test.each(operations)('is answered as documented when $id authenticates', async (operation) => {
    const lookUp = LOOK_UPS[nameOf(operation)];
    methods = { [lookUp]: failingMethods[lookUp] };
    await expectFailure(operation);
  });

  test.each(operations.filter(({ id }) => id !== 'getOrganization'))(
    'is answered as documented when $id does its work, and nothing is carried out',
    async (operation) => {
      const { [LOOK_UPS[nameOf(operation)]]: _, ...others } = failingMethods;
      methods = others;
      const { id } = await organization.createKey();
      const [key, rows] = [await api.store.getApiKey(organization.id, id), await readAudit(api.store, organization.id)];
      await expectFailure(operation, id);
      expect(await api.store.getApiKey(organization.id, id)).toEqual(key);
      expect(await readAudit(api.store, organization.id)).toEqual(rows);
    },
  );

  async function expectFailure(operation: (typeof operations)[number], id = organization.manager.id): Promise<void> {
    const response = await failing.send({
      ...sampleRequest(operation, id, organization.manager.key),
      headers: { Authorization: schemeOf(operation).valid(callers) },
    });
    const { status, code, type, retryable, retry_after } = want;
    expectErrorOf(operation, response, status, code);
    if (operation.errorSchema === 'Error') {
      expect(response.body.error).toMatchObject({ type, retryable, retry_after });
    }
    expect(response.headers.get('retry-after')).toBe(retry_after === null ? null : String(retry_after));
    expect(response.text).not.toMatch(/planted|signa\.db|SELECT|TypeError|node_modules|\.ts/);

    const lines = failing.logLines.map((line) => JSON.parse(line)).filter((line) => !('duration_ms' in line));
    const ours = lines.filter((line) => line.request_id === response.headers.get('x-request-id'));
    expect(ours, 'one line says what happened').toHaveLength(1);
    expect(JSON.stringify(ours[0]).includes(PLANTED), 'it has the cause').toBe(what !== 'that throws nothing');
  }
});

describe('a commit that fails', () => {
  test('gives away no secret of a key that may not exist', async () => {
    methods = {
      change: async (organizationId, work) => {
        await api.store.change(organizationId, async (transaction) => {
          await work(transaction);
          throw new StoreUnavailableError(PLANTED);
        });
        throw new Error('unreachable');
      },
    };
    const body = { name: 'Never committed', scopes: ['trademarks:read'] };
    const request = { method: 'POST', path: '/v1/organization/api-keys', key: organization.manager.key, body };
    const response = await failing.send(request);
    expectError(response, 503, 'storage_unavailable');
    expect(response.text).not.toMatch(/sig_/);
    methods = {};
    expect((await failing.send(request)).status, 'the name is free').toBe(201);
  });
});

describe('a key that the store holds but the contract does not allow', () => {
  const planted = { planted: 'x' } as never;

  test.each([
    { what: 'metadata of numbers', change: { metadata: { planted: 4711 } as never } },
    { what: 'metadata of objects', change: { metadata: { planted: { planted: 'x' } } as never } },
    { what: 'an unknown scope', change: { scopes: ['planted:read'] as never } },
    { what: 'a name that is an object', change: { name: planted } },
    { what: 'no name', change: { name: undefined as never } },
    { what: 'a prefix that is a secret', change: { prefix: `sig_${'ab'.repeat(26)}` } },
    { what: 'a creator that is no key', change: { createdBy: 'planted' } },
  ])('because it has $what is a 500 and no leak, alone and in a list', async ({ change }) => {
    methods = {
      getApiKey: async (...given) => ({ ...(await api.store.getApiKey(...given))!, ...change }),
      listApiKeys: async (...given) => {
        const page = await api.store.listApiKeys(...given);
        return { ...page, rows: page.rows.map((key) => ({ ...key, ...change })) };
      },
    };
    const key = organization.manager.key;
    for (const path of [organization.manager.id, ''].map((id) =>
      `/v1/organization/api-keys/${id}`.replace(/\/$/, ''),
    )) {
      const response = await failing.send({ path, key });
      expectError(response, 500, 'internal_error');
      expect(response.text).not.toMatch(/planted|4711|abab/);
      const line = failing.logLines.find((text) => text.includes(response.body.request_id) && text.includes('"err"'));
      expect(line).toContain('ContractViolation');
      expect(line, 'the log names the place, not the value').not.toMatch(/4711|abab/);
    }
  });

  test('because it has more fields than declared loses them: only what is declared is presented', async () => {
    methods = {
      getApiKey: async (...given) => ({ ...(await api.store.getApiKey(...given))!, secretDigest: 'planted' }),
    };
    const response = await failing.send({
      path: `/v1/organization/api-keys/${organization.manager.id}`,
      key: organization.manager.key,
    });
    expect(response.status).toBe(200);
    expect(response.text).not.toContain('planted');
  });
});
