import { describe, expect } from 'vitest';
import { createKey } from './given.ts';
import { NOW, NOT_REVOKED, usedAt } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeUses(it: StoreTest): void {
  describe('uses', () => {
    it('the latest use counts, in whichever order uses are recorded', async ({ store, acme }) => {
      const { key } = await createKey(store, acme);
      for (const at of [NOW, NOW + 2, NOW + 1]) await store.recordUses(new Map([[key.id, usedAt(at)]]));
      expect((await store.getApiKey(acme.id, key.id))?.lastUsedAt).toBe(NOW + 2);
    });

    it('uses of many keys are recorded at once, and those of unknown keys are ignored', async ({ store, acme }) => {
      const keys = [await createKey(store, acme), await createKey(store, acme)];
      await store.recordUses(
        new Map([['key_unknown', usedAt(NOW)], ...keys.map(({ key }, n) => [key.id, usedAt(NOW + n)] as const)]),
      );
      await store.recordUses(new Map());
      const { rows } = await store.listApiKeys(acme.id, NOT_REVOKED, { limit: 10 });
      expect(rows.map(({ lastUsedAt }) => lastUsedAt)).toEqual([NOW + 1, NOW]);
    });
  });
}
