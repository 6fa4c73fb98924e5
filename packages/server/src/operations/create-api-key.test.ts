import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { callerOf } from '../testing/caller-of.ts';
import { expectError, expectInvalid } from '../testing/expect-error.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
});
afterAll(() => api.close());

let named = 0;
const create = (fields: object) =>
  callerOf(api, organization.manager).create({ name: `Key ${(named += 1)}`, scopes: ['trademarks:read'], ...fields });

describe("the page's curl command", () => {
  const body = '{\n    "name": "Analytics Dashboard",\n    "scopes": ["trademarks:read", "billing:read"]\n  }';

  test("is answered 201 with the page's nine fields, in the page's order, and where the key is", async () => {
    const { manager } = await api.createOrganization();
    const response = await api.send({ method: 'POST', path: '/v1/organization/api-keys', key: manager.key, body });
    expect(response.status).toBe(201);
    expect(response.body).toEqual({
      id: expect.stringMatching(/^key_[A-Za-z0-9]{16}$/),
      object: 'api_key',
      name: 'Analytics Dashboard',
      key: expect.stringMatching(/^sig_[0-9a-f]{52}$/),
      prefix: response.body.key.slice(0, 8),
      scopes: ['trademarks:read', 'billing:read'],
      created_at: '2026-03-24T16:00:00Z',
      expires_at: null,
      request_id: expect.stringMatching(/^req_[A-Za-z0-9]{16}$/),
    });
    const fields = 'id object name key prefix scopes created_at expires_at request_id';
    expect(Object.keys(JSON.parse(response.text)).join(' ')).toBe(fields);
    expect(response.headers.get('location')).toBe(`/v1/organization/api-keys/${response.body.id}`);
  });

  test('makes a key that opens what its scopes allow, and nothing else', async () => {
    const { manager } = await api.createOrganization();
    const { body: created } = await api.send({
      method: 'POST',
      path: '/v1/organization/api-keys',
      key: manager.key,
      body,
    });
    const caller = callerOf(api, created);

    const identity = await caller.getOrganization();
    expect(identity.status).toBe(200);
    expect(identity.body.api_key).toMatchObject({ id: created.id, scopes: created.scopes });
    for (const refused of [
      await caller.create({ name: 'Another', scopes: ['trademarks:read'] }),
      await caller.list(),
      await caller.get(created.id),
      await caller.update(created.id, { name: 'Renamed' }),
      await caller.rotate(created.id),
      await caller.revoke(created.id),
    ]) {
      expectError(refused, 403, 'insufficient_scope');
    }
  });
});

describe('a name', () => {
  test.each([
    { what: 'one character', name: 'x' },
    { what: '255 characters', name: 'x'.repeat(255) },
    { what: '255 emoji, each of two UTF-16 units', name: '🔑'.repeat(255) },
    { what: 'an emoji of several characters', name: 'Family 👩‍👩‍👧‍👦' },
    { what: 'white space within', name: 'Two  spaces and a no-break\u00a0space' },
    { what: 'text from right to left', name: 'مفتاح لوحة التحليلات' },
    { what: 'an accent that is a character of its own', name: 'Cle\u0301' },
    { what: 'markup and SQL', name: `<b>Robert'); DROP TABLE api_keys;--</b>` },
  ])('may be $what, and comes back as it was given', async ({ name }) => {
    const response = await create({ name });
    expect(response.status).toBe(201);
    expect(response.body.name).toBe(name);
    expect((await callerOf(api, organization.manager).get(response.body.id)).body.name).toBe(name);
  });

  test.each([
    { what: 'empty', name: '' },
    { what: 'blank', name: ' \t ' },
    { what: 'a no-break space', name: '\u00a0' },
    { what: '256 characters', name: 'x'.repeat(256) },
    { what: '256 emoji', name: '🔑'.repeat(256) },
    { what: 'white space at its start', name: ' Key' },
    { what: 'white space at its end', name: 'Key ' },
    { what: 'a line break at its end', name: 'Key\n' },
    { what: 'an ideographic space at its end', name: 'Key\u3000' },
    { what: 'a byte order mark at its start', name: '\ufeffKey' },
    { what: 'a NUL within', name: 'K\u0000y' },
    { what: 'a line break within', name: 'K\ny' },
    { what: 'DEL (U+007F) within', name: 'K\u007fy' },
    { what: 'NEL (U+0085) within', name: 'K\u0085y' },
    { what: 'NEL (U+0085) at its end', name: 'Key\u0085' },
    { what: 'the last control character (U+009F)', name: '\u009f' },
    { what: 'null', name: null },
    { what: 'a number', name: 7 },
    { what: 'a list', name: ['Key'] },
  ])('that is or has $what is refused, and named', async ({ name }) => {
    expectInvalid(await create({ name }), '/name');
  });

  test('that has a secret in it is refused, and the answer does not have it', async () => {
    const { key } = await organization.createKey();
    const response = await create({ name: `Like ${key}` });
    expectInvalid(response, '/name');
    expect(response.text).not.toContain(key.slice(0, 12));
  });

  test('cannot be left out', async () => {
    expectInvalid(await create({ name: undefined }), '/name');
  });
});

describe('scopes', () => {
  test.each([
    { what: 'none', scopes: [], path: '/scopes' },
    { what: 'one twice', scopes: ['billing:read', 'billing:read'], path: '/scopes' },
    { what: 'one that does not exist', scopes: ['trademarks:read', 'trademarks:write'], path: '/scopes/1' },
    { what: 'one in capitals', scopes: ['TRADEMARKS:READ'], path: '/scopes/0' },
    { what: 'two in one text', scopes: ['trademarks:read billing:read'], path: '/scopes/0' },
    { what: 'null', scopes: null, path: '/scopes' },
    { what: 'a text', scopes: 'trademarks:read', path: '/scopes' },
    { what: 'nothing at all', scopes: undefined, path: '/scopes' },
  ])('that are $what are refused, and named', async ({ scopes, path }) => {
    expectInvalid(await create({ scopes }), path);
  });

  test('keep the order in which they were asked for', async () => {
    const scopes = SCOPES.toReversed();
    const response = await create({ scopes });
    expect(response.body.scopes).toEqual(scopes);
    expect((await callerOf(api, response.body).getOrganization()).body.api_key.scopes).toEqual(scopes);
  });

  test('that the caller does not hold cannot be given, and the refusal names them', async () => {
    const caller = callerOf(api, await organization.createKey({ scopes: ['api-keys:manage', 'trademarks:read'] }));
    const refused = await caller.create({ name: 'Escalated', scopes: ['trademarks:read', 'billing:read'] });
    expectError(refused, 403, 'scope_not_held');
    expect(refused.body.error.detail).toContain('billing:read');
    expect(refused.body.error.detail).not.toContain('trademarks:read');
    expect(refused.headers.get('www-authenticate')).toBeNull();
    expect((await caller.create({ name: 'Escalated', scopes: ['trademarks:read'] })).status).toBe(201);
  });
});

describe('an expiry', () => {
  // The clock says 2026-03-24T16:00:00Z.
  test.each([
    { asked: '2026-03-24T16:00:01Z', answered: '2026-03-24T16:00:01Z' },
    { asked: '2026-03-24T16:00:01.999999999Z', answered: '2026-03-24T16:00:01Z' },
    { asked: '2026-03-24T18:00:01+02:00', answered: '2026-03-24T16:00:01Z' },
    { asked: '2026-03-24T09:30:00.5-07:30', answered: '2026-03-24T17:00:00Z' },
    { asked: '2028-02-29T00:00:00Z', answered: '2028-02-29T00:00:00Z' },
    { asked: '9999-12-31T23:59:59Z', answered: '9999-12-31T23:59:59Z' },
    { asked: null, answered: null },
    { asked: undefined, answered: null },
  ])('of $asked is $answered', async ({ asked, answered }) => {
    const response = await create({ expires_at: asked });
    expect(response).toMatchObject({ status: 201, body: { expires_at: answered } });
  });

  test.each([
    { what: 'now', expires_at: '2026-03-24T16:00:00Z' },
    { what: 'now, a fraction being cut off', expires_at: '2026-03-24T16:00:00.999Z' },
    { what: 'now in another place', expires_at: '2026-03-24T17:00:00+01:00' },
    { what: 'past', expires_at: '2026-03-24T15:59:59Z' },
    { what: 'long past', expires_at: '0000-01-01T00:00:00+23:59' },
    { what: 'no time', expires_at: 'tomorrow' },
    { what: 'empty', expires_at: '' },
    { what: 'a day', expires_at: '2027-03-24' },
    { what: 'a local time', expires_at: '2027-03-24T16:00:00' },
    { what: 'written with a space', expires_at: '2027-03-24 16:00:00Z' },
    { what: 'written small', expires_at: '2027-03-24t16:00:00z' },
    { what: 'a number', expires_at: 1_900_000_000 },
    { what: '30 February', expires_at: '2027-02-30T00:00:00Z' },
    { what: '29 February of a common year', expires_at: '2027-02-29T00:00:00Z' },
    { what: 'month 13', expires_at: '2027-13-01T00:00:00Z' },
    { what: 'hour 24', expires_at: '2027-03-24T24:00:00Z' },
    { what: 'a leap second', expires_at: '2026-12-31T23:59:60Z' },
    { what: 'an offset of a day', expires_at: '2027-03-24T16:00:00+24:00' },
    { what: 'in the year 10000 in UTC', expires_at: '9999-12-31T23:59:59-00:01' },
    { what: 'a year of five digits', expires_at: '+010000-01-01T00:00:00Z' },
  ])('that is $what is refused, and named', async ({ expires_at }) => {
    expectInvalid(await create({ expires_at }), '/expires_at');
  });

  test.each([
    { expires: 'later than the caller', seconds: 61, status: 403 },
    { expires: 'never', seconds: null, status: 403 },
    { expires: 'with the caller', seconds: 60, status: 201 },
    { expires: 'before the caller', seconds: 59, status: 201 },
  ])('of a key that expires $expires is answered $status', async ({ seconds, status }) => {
    const callerExpiry = api.clock.timestampIn(60);
    const caller = await organization.createKey({ scopes: SCOPES, expires_at: callerExpiry });
    const expires_at = seconds === null ? null : api.clock.timestampIn(seconds);
    const body = { name: `Expires ${expires_at}`, scopes: ['trademarks:read'], expires_at };
    const response = await callerOf(api, caller).create(body);
    expect(response.status).toBe(status);
    if (status !== 403) return;
    expectError(response, 403, 'lifetime_exceeded');
    expect(response.body.error.detail).toContain(callerExpiry);
  });

  test('left out by a caller that expires is refused, as never is', async () => {
    const caller = await organization.createKey({ scopes: SCOPES, expires_at: api.clock.timestampIn(60) });
    const response = await callerOf(api, caller).create({ name: 'Everlasting', scopes: ['trademarks:read'] });
    expectError(response, 403, 'lifetime_exceeded');
  });

  test('ends the key in that very second', async () => {
    const late = await startApi();
    const { createKey } = await late.createOrganization();
    const caller = callerOf(late, await createKey({ expires_at: late.clock.timestampIn(10) }));
    late.clock.advance(9);
    expect((await caller.getOrganization()).status).toBe(200);
    late.clock.advance(1);
    expectError(await caller.getOrganization(), 401, 'invalid_credentials');
    await late.close();
  });
});

test('every field at fault is named at once', async () => {
  const response = await create({ name: '', scopes: [], expires_at: 'never', metadata: {} });
  expectError(response, 400, 'invalid_request');
  const paths = response.body.error.errors.map(({ path }: { path: string }) => path);
  expect(paths.toSorted()).toEqual(['/expires_at', '/metadata', '/name', '/scopes']);
});
