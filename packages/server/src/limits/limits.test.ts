import { afterEach, expect, test } from 'vitest';
import { callerOf } from '../testing/caller-of.ts';
import { expectError } from '../testing/expect-error.ts';
import { type TestApi, type TestResponse, startApi } from '../testing/start-api.ts';

let api: TestApi;

afterEach(() => api.close());

/** An API whose clock stands 45 seconds before the end of a window. */
async function startLimited(limits: { reads: number; writes: number }): Promise<TestApi> {
  api = await startApi({ limits });
  api.clock.advance(15 - (api.clock() % 60));
  return api;
}

const headersOf = ({ headers }: TestResponse) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];

test('a limit of 100 admits exactly 100 of 500 requests at once, and tells all 500 where they stand', async () => {
  await startLimited({ reads: 100, writes: 10 });
  const { manager } = await api.createOrganization();

  const responses = await Promise.all(Array.from({ length: 500 }, () => callerOf(api, manager).getOrganization()));

  const admitted = responses.filter(({ status }) => status === 200);
  const refused = responses.filter(({ status }) => status === 429);
  expect([admitted.length, refused.length]).toEqual([100, 400]);
  expect(responses.every(({ headers }) => headers.get('ratelimit-policy') === '"reads";q=100;w=60')).toBe(true);
  const left = admitted.map(({ headers }) => Number(/^"reads";r=(\d+);t=45$/.exec(headers.get('ratelimit')!)![1]));
  expect(left.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  for (const response of refused) {
    expectError(response, 429, 'rate_limit_exceeded');
    expect(headersOf(response)).toEqual(['"reads";q=100;w=60', '"reads";r=0;t=45']);
    expect(response.headers.get('retry-after')).toBe('45');
    expect(response.body.error).toMatchObject({ retryable: true, retry_after: 45 });
  }
});

test('when the window ends everything is admitted again', async () => {
  await startLimited({ reads: 1, writes: 1 });
  const caller = callerOf(api, (await api.createOrganization()).manager);
  await caller.getOrganization();
  api.clock.advance(44);
  expectError(await caller.getOrganization(), 429, 'rate_limit_exceeded');
  api.clock.advance(1);
  expect((await caller.getOrganization()).status).toBe(200);
});

test.each([-3600, 3600, 400 * 86_400])(
  'a clock that jumps by %i s neither refuses for longer than a window nor asks to wait for longer',
  async (jump) => {
    await startLimited({ reads: 1, writes: 1 });
    const caller = callerOf(api, (await api.createOrganization()).manager);
    await caller.getOrganization();
    api.clock.advance(jump);
    const response = await caller.getOrganization();
    expect(response.status).toBe(200);
    expect(headersOf(response)).toEqual(['"reads";q=1;w=60', '"reads";r=0;t=45']);
    api.clock.advance(7);
    const refused = await caller.getOrganization();
    expect([refused.headers.get('retry-after'), ...headersOf(refused)]).toEqual([
      '38',
      '"reads";q=1;w=60',
      '"reads";r=0;t=38',
    ]);
  },
);

test('all keys of an organization share its limit, and no other organization does', async () => {
  await startLimited({ reads: 2, writes: 10 });
  const [organization, stranger] = [await api.createOrganization(), await api.createOrganization()];
  const other = await organization.createKey();
  await callerOf(api, organization.manager).getOrganization();
  await callerOf(api, other).getOrganization();
  expectError(await callerOf(api, organization.manager).getOrganization(), 429, 'rate_limit_exceeded');
  expectError(await callerOf(api, other).getOrganization(), 429, 'rate_limit_exceeded');
  expect((await callerOf(api, stranger.manager).getOrganization()).status).toBe(200);
});

test('reads and writes are counted apart, and HEAD is a read', async () => {
  await startLimited({ reads: 1, writes: 1 });
  const { manager } = await api.createOrganization();
  const caller = callerOf(api, manager);
  expect((await api.send({ method: 'HEAD', path: '/v1/organization', key: manager.key })).status).toBe(200);
  expectError(await caller.getOrganization(), 429, 'rate_limit_exceeded');
  const created = await caller.create({ name: 'Import', scopes: ['trademarks:read'] });
  expect(created.status).toBe(201);
  expect(headersOf(created)).toEqual(['"writes";q=1;w=60', '"writes";r=0;t=45']);
});

test('a refused write changes nothing', async () => {
  await startLimited({ reads: 10, writes: 0 });
  const caller = callerOf(api, (await api.createOrganization()).manager);
  expectError(await caller.create({ name: 'Import', scopes: ['trademarks:read'] }), 429, 'rate_limit_exceeded');
  expect((await caller.list()).body.data).toHaveLength(1);
});

test('a key that may do nothing cannot keep its owner from creating, listing and revoking, however often it asks', async () => {
  await startLimited({ reads: 20, writes: 1_000 });
  const { manager, createKey } = await api.createOrganization();
  const stolen = await createKey({ scopes: ['trademarks:read'] });
  const [owner, thief] = [callerOf(api, manager), callerOf(api, stolen)];

  const asks = [
    () => thief.create({}),
    () => thief.list(),
    () => thief.revoke(stolen.id),
    () => thief.revoke(manager.id),
  ];
  const responses: TestResponse[] = [];
  while (responses.length < 1_200) responses.push(...(await Promise.all(asks.map((ask) => ask()))));
  const forbidden = responses.filter(({ status }) => status === 403);
  const limited = responses.filter(({ status }) => status === 429);
  expect([forbidden.length, limited.length]).toEqual([1_000, 200]);
  expectError(forbidden[0]!, 403, 'insufficient_scope');
  const left = forbidden.map(({ headers }) => Number(/^"refusals";r=(\d+);t=45$/.exec(headers.get('ratelimit')!)![1]));
  expect(left.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  for (const response of limited) {
    expectError(response, 429, 'rate_limit_exceeded');
    expect(headersOf(response)).toEqual(['"refusals";q=1000;w=60', '"refusals";r=0;t=45']);
    expect(response.headers.get('retry-after')).toBe('45');
  }

  expect(headersOf(await owner.list())).toEqual(['"reads";q=20;w=60', '"reads";r=19;t=45']);
  const created = await owner.create({ name: 'Import', scopes: ['trademarks:read'] });
  expect(headersOf(created)).toEqual(['"writes";q=1000;w=60', '"writes";r=998;t=45']);
  const revoked = await owner.revoke(stolen.id);
  expect(revoked.status).toBe(200);
  expect(headersOf(revoked)).toEqual(['"revocations";q=1000;w=60', '"revocations";r=999;t=45']);
});

test('revocations are counted for each key by itself, and no other write counts among them', async () => {
  await startLimited({ reads: 10, writes: 3 });
  const { manager, createKey } = await api.createOrganization();
  const [one, two] = [callerOf(api, manager), callerOf(api, await createKey({ scopes: ['api-keys:manage'] }))];
  const { id } = await createKey();
  expect((await createKey()).id).not.toBe(id);
  expectError(await one.create({ name: 'Import', scopes: ['trademarks:read'] }), 429, 'rate_limit_exceeded');

  for (const left of [2, 1, 0]) {
    const revoked = await one.revoke(id);
    expect(revoked.status).toBe(200);
    expect(headersOf(revoked)).toEqual(['"revocations";q=3;w=60', `"revocations";r=${left};t=45`]);
  }
  expectError(await one.revoke(id), 429, 'rate_limit_exceeded');
  expect((await two.revoke(id)).status).toBe(200);
});

test('errors of an authenticated caller tell where it stands as well, and strangers are told nothing', async () => {
  await startLimited({ reads: 10, writes: 10 });
  const { manager, createKey } = await api.createOrganization();
  const reader = await createKey();
  const forbidden = await callerOf(api, reader).list();
  expectError(forbidden, 403, 'insufficient_scope');
  expect(headersOf(forbidden)).toEqual(['"refusals";q=10;w=60', '"refusals";r=9;t=45']);
  const invalid = await callerOf(api, manager).create({});
  expectError(invalid, 400, 'invalid_request');
  expect(headersOf(invalid)).toEqual(['"writes";q=10;w=60', '"writes";r=8;t=45']);
  expect(headersOf(await api.send({ path: '/v1/organization' }))).toEqual([null, null]);
});
