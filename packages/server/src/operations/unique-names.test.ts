import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../index.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectError } from '../testing/expect-error.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';

const scopes = ['trademarks:read'];

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
});
afterAll(() => api.close());

describe('a name that a key holds', () => {
  test.each([
    { how: 'as it stands', held: 'Reports', wanted: 'Reports' },
    { how: 'composed, where the holder has it decomposed', held: 'Cle\u0301', wanted: 'Cl\u00e9' },
    { how: 'decomposed, where the holder has it composed', held: '\u00c5rsrapport', wanted: 'A\u030arsrapport' },
    { how: 'with another character for the same letter', held: 'K\u00d6LN \u212b', wanted: 'K\u00d6LN \u00c5' },
  ])('is not given to a second key $how, and the refusal says who holds it', async ({ held, wanted }) => {
    const holder = await organization.createKey({ name: held });
    const refused = await manager.create({ name: wanted, scopes });
    expectError(refused, 409, 'name_taken');
    expect(refused.body.error.detail).toContain(holder.id);
    expect(refused.body.error.detail).toContain('active');

    const other = await organization.createKey();
    expectError(await manager.update(other.id, { name: wanted }), 409, 'name_taken');
  });

  test.each([
    { how: 'in another case', held: 'Dashboard', wanted: 'dashboard' },
    { how: 'in letters that only look alike', held: 'Scope', wanted: 'Sc\u043epe' },
    { how: 'in full width', held: 'Wide', wanted: '\uff37ide' },
  ])('is another name $how', async ({ held, wanted }) => {
    await organization.createKey({ name: held });
    expect((await manager.create({ name: wanted, scopes })).status).toBe(201);
  });

  test('is still held when the key has expired, and free when that is revoked', async () => {
    const { id } = await organization.createKey({ name: 'Import', expires_at: api.clock.timestampIn(60) });
    api.clock.advance(60);

    const refused = await manager.create({ name: 'Import', scopes });
    expectError(refused, 409, 'name_taken');
    expect(refused.body.error.detail).toContain(id);
    expect(refused.body.error.detail).toContain('expired');

    expect((await manager.revoke(id)).status).toBe(200);
    expect((await manager.create({ name: 'Import', scopes })).status).toBe(201);
  });

  test('is free once the key is revoked or has another name, and not before', async () => {
    const [revoked, renamed] = [
      await organization.createKey({ name: 'Left by revocation' }),
      await organization.createKey({ name: 'Left by renaming' }),
    ];
    await manager.revoke(revoked.id);
    await manager.update(renamed.id, { name: 'Elsewhere' });
    for (const name of ['Left by revocation', 'Left by renaming']) {
      expect((await manager.create({ name, scopes })).status).toBe(201);
      expectError(await manager.create({ name, scopes }), 409, 'name_taken');
    }
  });

  test('may be held in another organization too', async () => {
    await organization.createKey({ name: 'Everywhere' });
    const stranger = callerOf(api, (await api.createOrganization()).manager);
    expect((await stranger.create({ name: 'Everywhere', scopes })).status).toBe(201);
  });

  test('may be kept, or written in another form, by the key itself', async () => {
    const { id } = await organization.createKey({ name: 'Caf\u00e9' });
    expect(await manager.update(id, { name: 'Caf\u00e9' })).toMatchObject({ status: 200 });
    const respelt = await manager.update(id, { name: 'Cafe\u0301' });
    expect(respelt).toMatchObject({ status: 200, body: { name: 'Cafe\u0301' } });
  });
});

describe('of 50 clients that want one name at once', () => {
  const names = (form: string) => (index: number) => `Race ${index % 2 === 0 ? form : form.normalize('NFD')}`;

  test.each([
    { where: 'create a key with it', form: 'plain' },
    { where: 'create a key with it in two forms', form: 'Z\u00fcrich \u00e9t\u00e9' },
  ])('exactly one may $where', async ({ form }) => {
    const nameOf = names(form);
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, index) => manager.create({ name: nameOf(index), scopes })),
    );
    expectOneWinner(responses, 201);
  });

  test('exactly one may rename its key to it', async () => {
    const nameOf = names('\u00e0 moi');
    const keys = await Promise.all(Array.from({ length: 50 }, () => organization.createKey({ scopes: SCOPES })));
    const responses = await Promise.all(
      keys.map((key, index) => callerOf(api, key).update(key.id, { name: nameOf(index) })),
    );
    expectOneWinner(responses, 200);
  });

  function expectOneWinner(responses: Awaited<ReturnType<TestCaller['create']>>[], status: number): void {
    const winners = responses.filter((response) => response.status === status);
    expect(winners).toHaveLength(1);
    for (const loser of responses.filter((response) => !winners.includes(response))) {
      expectError(loser, 409, 'name_taken');
      expect(loser.body.error.detail).toContain(winners[0]!.body.id);
    }
  }
});
