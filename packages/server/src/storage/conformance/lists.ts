import { describe, expect } from 'vitest';
import { type ApiKey, type Organization, statusOf } from '../../keys/api-key.ts';
import type { ApiKeyFilter, ListPage, Store } from '../store.ts';
import { createKey, insertKey, save } from './given.ts';
import { newKey, NOW, NOT_REVOKED, someDigest } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeLists(it: StoreTest): void {
  describe('lists', () => {
    it('the newest comes first, by order of insertion and not by time', async ({ store, acme }) => {
      await createKey(store, acme, { name: 'a', createdAt: NOW });
      await createKey(store, acme, { name: 'b', createdAt: NOW - 10 });
      await createKey(store, acme, { name: 'c', createdAt: NOW });
      expect(await namesOf(store, acme, {})).toEqual(['c', 'b', 'a']);
    });

    it('each status has its keys, as statusOf tells them apart', async ({ store, acme }) => {
      await createKey(store, acme, { name: 'forever' });
      await createKey(store, acme, { name: 'later', expiresAt: NOW + 1 });
      await createKey(store, acme, { name: 'just now', expiresAt: NOW });
      const gone = await createKey(store, acme, { name: 'gone', expiresAt: NOW - 1 });
      const live = await createKey(store, acme, { name: 'live' });
      for (const { key } of [gone, live]) await save(store, acme, { ...key, revokedAt: NOW });

      expect(await namesOf(store, acme, { status: 'active' })).toEqual(['later', 'forever']);
      expect(await namesOf(store, acme, { status: 'expired' })).toEqual(['just now']);
      expect(await namesOf(store, acme, { status: 'revoked' })).toEqual(['live', 'gone']);
      expect(await namesOf(store, acme, { status: 'not_revoked' })).toEqual(['just now', 'later', 'forever']);
      for (const status of ['active', 'expired', 'revoked'] as const) {
        const { rows } = await store.listApiKeys(acme.id, { status, now: NOW }, { limit: 10 });
        expect(new Set(rows.map((key) => statusOf(key, NOW)))).toEqual(new Set([status]));
      }
    });

    it('keys are found by the key that created them, revoked ones where they are asked for', async ({
      store,
      acme,
    }) => {
      const { key: maker } = await createKey(store, acme, { name: 'maker' });
      await createKey(store, acme, { name: 'first', createdBy: maker.id });
      await createKey(store, acme, { name: "another maker's", createdBy: 'key_other' });
      const { key } = await createKey(store, acme, { name: 'second', createdBy: maker.id });
      expect(await namesOf(store, acme, { createdBy: maker.id })).toEqual(['second', 'first']);
      await save(store, acme, { ...key, revokedAt: NOW });
      expect(await namesOf(store, acme, { createdBy: maker.id })).toEqual(['first']);
      expect(await namesOf(store, acme, { createdBy: maker.id, status: 'revoked' })).toEqual(['second']);
      expect(await namesOf(store, acme, { createdBy: 'key_unknown' })).toEqual([]);
    });

    it.for([
      { sought: 'board', found: ['Dashboard', 'BOARD'] },
      { sought: 'DASH', found: ['Dashboard'] },
      { sought: 'caf\u00e9', found: ['CAFE\u0301 Bar'] },
      { sought: 'CAFE\u0301', found: ['CAFE\u0301 Bar'] },
      { sought: '%', found: ['100% sure'] },
      { sought: '_', found: ['snake_case'] },
      { sought: '\\', found: ['back\\slash'] },
      { sought: '', found: ['back\\slash', 'snake_case', '100% sure', 'CAFE\u0301 Bar', 'Dashboard', 'BOARD'] },
      { sought: 'absent', found: [] },
    ])(
      'a name that contains "$sought" is found, in capital or small letters',
      async ({ sought, found }, { store, acme }) => {
        const names = ['BOARD', 'Dashboard', 'CAFE\u0301 Bar', '100% sure', 'snake_case', 'back\\slash'];
        for (const keyName of names) await createKey(store, acme, { name: keyName });
        expect(await namesOf(store, acme, { nameContains: sought })).toEqual(found);
      },
    );

    it('filters narrow each other', async ({ store, acme }) => {
      const base = { name: 'Reports', createdBy: 'key_maker', expiresAt: NOW + 1 };
      await createKey(store, acme, base);
      await createKey(store, acme, { ...base, name: 'Other' });
      await createKey(store, acme, { ...base, name: 'Reports of others', createdBy: 'key_other' });
      await createKey(store, acme, { ...base, name: 'Reports of old', expiresAt: NOW });
      expect(await namesOf(store, acme, { status: 'active', createdBy: 'key_maker', nameContains: 'report' })).toEqual([
        'Reports',
      ]);
    });

    it('a page begins below the sequence it is given and has at most its limit', async ({ store, acme }) => {
      const keys: ApiKey[] = [];
      for (let n = 0; n < 5; n += 1) keys.unshift((await createKey(store, acme)).key);
      const page = await store.listApiKeys(acme.id, NOT_REVOKED, { before: keys[1]!.sequence, limit: 2 });
      expect(page).toEqual({ rows: keys.slice(2, 4), next: keys[3]!.sequence });
      expect(await store.listApiKeys(acme.id, NOT_REVOKED, { before: keys[3]!.sequence, limit: 2 })).toEqual({
        rows: keys.slice(4),
        next: null,
      });
    });

    it('a key that matches throughout appears exactly once while others are added and revoked', async ({
      store,
      acme,
    }) => {
      const keys: ApiKey[] = [];
      for (let n = 0; n < 30; n += 1) keys.push((await createKey(store, acme)).key);
      const revoked = new Set<string>();
      const seen: string[] = [];

      for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null;) {
        const page: ListPage<ApiKey> = await store.listApiKeys(acme.id, NOT_REVOKED, { before, limit: 4 });
        seen.push(...page.rows.map(({ id }) => id));
        await createKey(store, acme);
        for (const victim of [page.rows[0]!, keys.find(({ id }) => !seen.includes(id) && !revoked.has(id))]) {
          if (victim === undefined) continue;
          revoked.add(victim.id);
          await save(store, acme, { ...victim, revokedAt: NOW });
        }
        before = page.next;
      }

      expect(new Set(seen).size).toBe(seen.length);
      const throughout = keys.map(({ id }) => id).filter((id) => !revoked.has(id));
      expect(seen.filter((id) => throughout.includes(id))).toEqual(throughout.toReversed());
    });

    it('what matches is found and counted however many keys lie before it, between it and behind it', async ({
      store,
      acme,
    }) => {
      const needles = new Set([6_000, 6_001, 11_999]);
      const wanted = (n: number) => (needles.has(n) ? { createdBy: 'key_2', expiresAt: NOW } : { createdBy: 'key_1' });
      await store.change(acme.id, async (transaction) => {
        for (let n = 0; n < 12_000; n += 1) {
          const key = newKey(acme, { name: needles.has(n) ? `Needle ${n}` : `Straw ${n}`, ...wanted(n) });
          await transaction.insertApiKey(key, someDigest());
        }
      });
      const found = ['Needle 11999', 'Needle 6001', 'Needle 6000'];
      for (const filter of [{ nameContains: 'needle' }, { status: 'expired' }, { createdBy: 'key_2' }] as const) {
        for (const limit of [1, 2, 10]) expect(await namesOf(store, acme, filter, limit)).toEqual(found);
      }
      const nothing = { ...NOT_REVOKED, nameContains: 'absent', createdBy: 'key_1' };
      const first = await store.listApiKeys(acme.id, nothing, { limit: 10 });
      expect(first, 'an empty page, and not the last').toEqual({ rows: [], next: expect.any(Number) });
      expect(await namesOf(store, acme, nothing)).toEqual([]);
      expect(await namesOf(store, acme, {}, 1_000)).toHaveLength(12_000);
    });

    it('a sequence is never given to two keys, not even after a refusal or a reopening', async ({
      store,
      acme,
      reopen,
    }) => {
      const first = await createKey(store, acme, { name: 'Reports' });
      await insertKey(store, acme, { name: 'Reports' });
      const reopened = await reopen();
      const second = await createKey(reopened, acme);
      expect(second.key.sequence).toBeGreaterThan(first.key.sequence);
    });
  });
}

/** The names of the keys that match, from page to page; how many the store counts is checked on the way. */
async function namesOf(
  store: Store,
  organization: Organization,
  filter: Partial<ApiKeyFilter>,
  limit = 100,
): Promise<string[]> {
  const whole = { ...NOT_REVOKED, ...filter };
  const names: string[] = [];
  for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null;) {
    const page: ListPage<ApiKey> = await store.listApiKeys(organization.id, whole, { before, limit });
    names.push(...page.rows.map(({ name }) => name));
    before = page.next;
  }
  expect(await store.countApiKeys(organization.id, whole)).toBe(names.length);
  return names;
}
