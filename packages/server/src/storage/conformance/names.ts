import { describe, expect } from 'vitest';
import { createKey, insertKey, save } from './given.ts';
import { NOW, NOT_REVOKED, newKey, someDigest } from './samples.ts';
import type { StoreTest } from './store-test.ts';

const COMPOSED = 'Caf\u00e9';
const DECOMPOSED = 'Cafe\u0301';

export function describeNames(it: StoreTest): void {
  describe('names', () => {
    it('a name is held by one key at a time, and a second one is not added', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { name: 'Reports' });
      expect(await insertKey(store, acme, { name: 'Reports' })).toBe('name_taken');
      expect(await store.listApiKeys(acme.id, NOT_REVOKED, { limit: 10 })).toEqual({ rows: [key], next: null });
      await store.change(acme.id, async (transaction) => {
        expect(await transaction.findNameHolder('Reports')).toEqual(key);
        expect(await transaction.findNameHolder('reports')).toBeNull();
      });
    });

    it.for([
      { first: COMPOSED, second: DECOMPOSED },
      { first: DECOMPOSED, second: COMPOSED },
    ])(
      '$first and $second are one name, however they are typed; the key keeps it as given',
      async ({ first, second }, { store, acme }) => {
        const { key } = await createKey(store, acme, { name: first });
        expect(key.name).toBe(first);
        expect(await insertKey(store, acme, { name: second })).toBe('name_taken');
        await store.change(acme.id, async (transaction) => {
          expect((await transaction.findNameHolder(second))?.id).toBe(key.id);
        });
      },
    );

    it('an expired key still holds its name', async ({ store, acme }) => {
      await createKey(store, acme, { name: 'Reports', expiresAt: NOW - 1 });
      expect(await insertKey(store, acme, { name: 'Reports' })).toBe('name_taken');
    });

    it('a revoked key frees its name', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { name: 'Reports' });
      await save(store, acme, { ...key, revokedAt: NOW });
      expect(await insertKey(store, acme, { name: 'Reports' })).toBe('inserted');
    });

    it('a revoked key may keep a name that is held by another', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { name: 'Reports' });
      await save(store, acme, { ...key, revokedAt: NOW });
      await createKey(store, acme, { name: 'Reports' });
      const revoked = (await store.getApiKey(acme.id, key.id))!;
      expect(await save(store, acme, { ...revoked, metadata: { note: 'leaked' } })).toBe('saved');
    });

    it('a key cannot be renamed to a name that is held', async ({ store, acme }) => {
      await createKey(store, acme, { name: COMPOSED });
      const { key } = await createKey(store, acme, { name: 'Reports' });
      expect(await save(store, acme, { ...key, name: DECOMPOSED })).toBe('name_taken');
      expect(await store.getApiKey(acme.id, key.id)).toEqual(key);
    });

    it('a key can be renamed to another spelling of its own name', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { name: COMPOSED });
      expect(await save(store, acme, { ...key, name: DECOMPOSED })).toBe('saved');
      expect((await store.getApiKey(acme.id, key.id))?.name).toBe(DECOMPOSED);
    });

    it('of fifty keys that want one name at the same time, exactly one gets it', async ({ store, acme }) => {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, n) => insertKey(store, acme, { name: n % 2 === 0 ? COMPOSED : DECOMPOSED })),
      );
      expect(outcomes.filter((outcome) => outcome === 'inserted')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'name_taken')).toHaveLength(49);
      expect(await store.countApiKeys(acme.id, NOT_REVOKED)).toBe(1);
    });

    it('a change goes on after a name was refused', async ({ store, acme }) => {
      await createKey(store, acme, { name: 'Reports' });
      await store.change(acme.id, async (transaction) => {
        expect(await transaction.insertApiKey(newKey(acme, { name: 'Reports' }), someDigest())).toBe('name_taken');
        expect(await transaction.insertApiKey(newKey(acme, { name: 'Reports 2' }), someDigest())).toBe('inserted');
      });
      expect(await store.countApiKeys(acme.id, NOT_REVOKED)).toBe(2);
    });
  });
}
