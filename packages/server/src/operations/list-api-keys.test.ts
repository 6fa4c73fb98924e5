import { paginate } from '@signa/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;
beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
});
afterAll(() => api.close());

const PATH = '/v1/organization/api-keys';

function list(query: string, of = organization) {
  return api.send({ path: `${PATH}?${query}`, key: of.manager.key });
}
const namesOf = ({ body }: { body: { data: { name: string }[] } }) => body.data.map(({ name }) => name);
const revoke = (id: string, of: TestOrganization) =>
  api.send({ method: 'DELETE', path: `${PATH}/${id}`, key: of.manager.key });

test('keys are listed newest first, without their secrets', async () => {
  const of = await api.createOrganization();
  const { key } = await of.createKey({ name: 'A' });
  await of.createKey({ name: 'B' });
  const response = await list('', of);
  expect(namesOf(response)).toEqual(['B', 'A', 'First key']);
  expect(response.body).toMatchObject({ object: 'list', has_more: false, pagination: { cursor: null } });
  expect(response.text).not.toContain(key);
  expect(response.text).not.toContain('digest');
});

test('revoked keys are left out unless they are asked for, and each status finds its own', async () => {
  const of = await api.createOrganization();
  const { id } = await of.createKey({ name: 'Revoked' });
  await of.createKey({ name: 'Expired', expires_at: api.clock.timestampIn(5) });
  await of.createKey({ name: 'Active' });
  await revoke(id, of);
  api.clock.advance(5);
  expect(namesOf(await list('', of))).toEqual(['Active', 'Expired', 'First key']);
  expect(namesOf(await list('status=active', of))).toEqual(['Active', 'First key']);
  expect(namesOf(await list('status=expired', of))).toEqual(['Expired']);
  expect(namesOf(await list('status=revoked', of))).toEqual(['Revoked']);
});

test('created_by finds what a key has made', async () => {
  const of = await api.createOrganization();
  const leaked = await of.createKey({ scopes: ['api-keys:manage', 'trademarks:read'] });
  await of.createKey({ name: 'Made by the leaked one', as: leaked });
  expect(namesOf(await list(`created_by=${leaked.id}`, of))).toEqual(['Made by the leaked one']);
});

test.each([
  ['dash', ['Dashboard 100%']],
  ['ÉCLAIR', ['éclair_1']],
  ['100%', ['Dashboard 100%']],
  ['%', ['Dashboard 100%']],
  ['_', ['éclair_1']],
  ['e%b', []],
])('name=%s finds what contains it, whatever its case', async (text, names) => {
  const of = await api.createOrganization();
  await of.createKey({ name: 'Dashboard 100%' });
  await of.createKey({ name: 'éclair_1' });
  expect(namesOf(await list(`name=${encodeURIComponent(text)}`, of))).toEqual(names);
});

test.each(['0', '101', '-1', '1.5', 'x', ''])('limit=%s is refused', async (limit) => {
  const response = await list(`limit=${limit}`);
  expect(response).toMatchObject({ status: 400, body: { error: { errors: [{ path: 'limit' }] } } });
});

describe('pages', () => {
  test('hold each key that stays exactly once, while others are created and revoked', async () => {
    const of = await api.createOrganization();
    const staying: string[] = [];
    const leaving: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      const { id } = await of.createKey();
      (index % 3 === 0 ? leaving : staying).push(id);
    }
    const seen: string[] = [];
    for await (const { id } of paginate(api.client(of.manager.key), PATH, { query: { limit: 2 } })) {
      seen.push(id);
      await of.createKey();
      const left = leaving.pop();
      if (left !== undefined) await revoke(left, of);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([...staying, of.manager.id]));
  });

  test('count all that match when they are asked to, and only then', async () => {
    const of = await api.createOrganization();
    await of.createKey();
    await of.createKey();
    const response = await list('limit=1&include_total=true', of);
    expect(response.body).toMatchObject({ has_more: true, pagination: { total_count: 3 } });
    expect((await list('limit=1', of)).body.pagination).not.toHaveProperty('total_count');
  });

  test('may differ in size', async () => {
    const of = await api.createOrganization();
    for (const name of ['A', 'B', 'C', 'D']) await of.createKey({ name });
    const { body } = await list('limit=1', of);
    expect(namesOf(await list(`limit=3&cursor=${body.pagination.cursor}`, of))).toEqual(['C', 'B', 'A']);
  });
});

test("a cursor of another query, another organization's or a forged one is refused, and named", async () => {
  const [of, other] = [await api.createOrganization(), await api.createOrganization()];
  await of.createKey();
  await other.createKey();
  const { cursor } = (await list('limit=1', of)).body.pagination;
  const foreign = (await list('limit=1', other)).body.pagination.cursor;
  for (const query of [
    `status=active&cursor=${cursor}`,
    `cursor=${foreign}`,
    `cursor=${cursor}A`,
    'cursor=AAAA',
    'cursor=!',
  ]) {
    expect(await list(query, of)).toMatchObject({ status: 400, body: { error: { errors: [{ path: 'cursor' }] } } });
  }
  expect((await list(`cursor=${cursor}`, of)).status).toBe(200);
});
