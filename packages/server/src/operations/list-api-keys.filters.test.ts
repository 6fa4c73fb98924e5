import { unwrap } from '@signa/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectInvalid } from '../testing/expect-error.ts';
import { type TestApi, type TestOrganization, type TestResponse, startApi } from '../testing/start-api.ts';

const KEYS = '/v1/organization/api-keys';

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
});
afterAll(() => api.close());

const idsOf = ({ body }: TestResponse): string[] => body.data.map(({ id }: { id: string }) => id);
const namesOf = ({ body }: TestResponse): string[] => body.data.map(({ name }: { name: string }) => name);

describe('a parameter', () => {
  test.each(['limit', 'cursor', 'include_total', 'status', 'created_by', 'name'])(
    '%s that is sent twice is refused, and told so',
    async (parameter) => {
      const { id, key } = organization.manager;
      const value = { limit: '1', include_total: 'true', status: 'active', created_by: id }[parameter] ?? 'x';
      const response = await api.send({ path: `${KEYS}?${parameter}=${value}&${parameter}=${value}`, key });
      expectInvalid(response, parameter);
      expect(response.body.error.errors).toEqual([{ path: parameter, message: 'must not be sent twice' }]);
    },
  );

  test.each([
    { limit: '99999999999999999999' },
    { limit: '1e1' },
    { limit: '0x5' },
    { limit: '+5' },
    { limit: ' 5' },
    { limit: '5 ' },
    { limit: '05' },
    { limit: '5.0' },
    { limit: '٥' },
    { limit: '' },
    { include_total: '1' },
    { include_total: 'yes' },
    { include_total: '' },
    { status: 'deleted' },
    { status: 'not_revoked' },
    { status: 'active,expired' },
    { status: '' },
    { created_by: 'nobody' },
    { created_by: '' },
    { name: '' },
    { name: 'x'.repeat(256) },
    { cursor: '' },
    { cursor: 'x'.repeat(201) },
  ])('of %o is refused, and named', async (query) => {
    expectInvalid(await manager.list(query), Object.keys(query)[0]!);
  });

  test('that must be percent-encoded is refused as it is, and named', async () => {
    const { key } = organization.manager;
    const response = await api.send({ path: `${KEYS}?status=act(ive`, key });
    expectInvalid(response, 'status');
    expect(response.body.error.errors[0].message).toBe('must be percent-encoded');
  });
});

describe('a list', () => {
  test('holds no secret and no digest, in a grace neither', async () => {
    const key = await organization.createKey();
    const { body: rotated } = await manager.rotate(key.id, { grace_period_seconds: 60 });
    const { text } = await manager.list();
    for (const secret of [organization.manager.key, key.key, rotated.key]) {
      expect(text).not.toContain(secret.slice(0, 9));
      expect(text).not.toContain(secret.slice(-16));
    }
    expect(text).not.toMatch(/[0-9a-f]{32}/i);
  });

  test("never shows another organization's keys, whatever is asked, nor counts them", async () => {
    const { id } = await organization.createKey({ name: 'Ours' });
    const stranger = callerOf(api, (await api.createOrganization()).manager);
    const all = await stranger.list({ include_total: 'true' });
    expect(all.body.pagination.total_count).toBe(1);
    expect(idsOf(all)).not.toContain(id);
    for (const query of [{ created_by: organization.manager.id }, { name: 'Ours' }]) {
      const response = await stranger.list({ ...query, include_total: 'true' });
      expect(response.body).toMatchObject({ data: [], has_more: false, pagination: { cursor: null, total_count: 0 } });
    }
  });
});

describe('a status', () => {
  let ids: Record<'active' | 'lasting' | 'expired' | 'revoked' | 'both', string>;
  let of: TestOrganization;
  beforeAll(async () => {
    of = await api.createOrganization();
    const caller = callerOf(api, of.manager);
    const idOf = async (seconds?: number) =>
      (await of.createKey(seconds === undefined ? {} : { expires_at: api.clock.timestampIn(seconds) })).id;
    ids = {
      active: await idOf(),
      lasting: await idOf(11),
      expired: await idOf(10),
      revoked: await idOf(),
      both: await idOf(10),
    };
    await caller.revoke(ids.revoked);
    api.clock.advance(10);
    await caller.revoke(ids.both);
  });

  test.each([
    { status: 'active', want: ['lasting', 'active'] },
    { status: 'expired', want: ['expired'] },
    { status: 'revoked', want: ['both', 'revoked'] },
    { status: undefined, want: ['expired', 'lasting', 'active'] },
  ] as const)('of $status finds $want, counts them, and each says its own', async ({ status, want }) => {
    const query = { created_by: of.manager.id, include_total: 'true' };
    const response = await callerOf(api, of.manager).list({ ...query, ...(status && { status }) });
    expect(idsOf(response)).toEqual(want.map((name) => ids[name]));
    expect(response.body.pagination.total_count).toBe(want.length);
    if (status === undefined) return;
    for (const key of response.body.data) expect(key.status).toBe(status);
  });
});

describe('created_by', () => {
  test('says what a leaked key has made, after it was revoked too, and not what those keys made', async () => {
    const leaked = await organization.createKey({ scopes: SCOPES });
    const made = await organization.createKey({ scopes: SCOPES, as: leaked });
    const madeByMade = await organization.createKey({ as: made });
    const revoked = await organization.createKey({ as: leaked });
    for (const { id } of [leaked, revoked]) await manager.revoke(id);

    expect(idsOf(await manager.list({ created_by: leaked.id }))).toEqual([made.id]);
    expect(idsOf(await manager.list({ created_by: leaked.id, status: 'revoked' }))).toEqual([revoked.id]);
    expect(idsOf(await manager.list({ created_by: made.id }))).toEqual([madeByMade.id]);
    expect(idsOf(await manager.list({ created_by: 'key_0000000000000000' }))).toEqual([]);
  });

  test('joins the other filters: a key must match them all', async () => {
    const maker = await organization.createKey({ scopes: SCOPES });
    const wanted = await organization.createKey({ name: 'Wanted one', as: maker });
    const revoked = await organization.createKey({ name: 'Wanted two', as: maker });
    await organization.createKey({ name: 'Wanted three' });
    await organization.createKey({ name: 'Other', as: maker });
    await manager.revoke(revoked.id);
    const response = await manager.list({ name: 'wanted', created_by: maker.id, status: 'active' });
    expect(idsOf(response)).toEqual([wanted.id]);
  });
});

describe('name', () => {
  let of: TestOrganization;
  beforeAll(async () => {
    of = await api.createOrganization();
    const names = [
      'Analytics Dashboard',
      '100% of it',
      'snake_case',
      "O'Brien",
      'Z\u00dcRICH',
      'Журнал',
      '🔑 ring',
      'Hauptstraße',
      'ΦΟΣΑ',
    ];
    for (const name of names) await of.createKey({ name });
  });

  test.each([
    { name: 'dash', want: ['Analytics Dashboard'] },
    { name: 'DASHBOARD', want: ['Analytics Dashboard'] },
    { name: '%', want: ['100% of it'] },
    { name: '_', want: ['snake_case'] },
    { name: '1__%', want: [] },
    { name: '\\', want: [] },
    { name: "'", want: ["O'Brien"] },
    { name: 'z\u00fcrich', want: ['Z\u00dcRICH'] },
    { name: 'Zu\u0308rich', want: ['Z\u00dcRICH'] },
    { name: 'zurich', want: [] },
    { name: 'ЖУРНАЛ', want: ['Журнал'] },
    { name: '🔑', want: ['🔑 ring'] },
    { name: 'STRASSE', want: ['Hauptstraße'] },
    { name: 'φος', want: ['ΦΟΣΑ'] },
    { name: 'nonesuch', want: [] },
  ])('$name finds $want: whatever the case, and literally', async ({ name, want }) => {
    expect(namesOf(await callerOf(api, of.manager).list({ name }))).toEqual(want);
  });

  test('may hold a space, sent as %20', async () => {
    expect(namesOf(await listBy('name=cs%20d'))).toEqual(['Analytics Dashboard']);
  });

  // Without allowReserved in the contract, express-openapi-validator would refuse what most clients do not encode.
  describe('as clients send it', () => {
    test.each([
      { sent: '+', by: 'forms, URLSearchParams and most languages', query: 'name=cs+d', want: ['Analytics Dashboard'] },
      { sent: '*', by: 'URLSearchParams', query: 'name=*', want: [] },
    ])('may hold what $by sends as $sent', async ({ query, want }) => {
      expect(namesOf(await listBy(query))).toEqual(want);
    });

    test('may hold any character that is typed into our client', async () => {
      const client = api.client(of.manager.key);
      for (const name of ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~é🔑') {
        const { data } = await unwrap(client.GET(KEYS, { params: { query: { name } } }));
        expect(data.every((key) => key.name.includes(name))).toBe(true);
      }
    });
  });

  function listBy(query: string): Promise<TestResponse> {
    return api.send({ path: `${KEYS}?${query}`, key: of.manager.key });
  }
});
