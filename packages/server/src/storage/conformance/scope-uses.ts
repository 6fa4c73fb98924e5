import { describe, expect } from 'vitest';
import type { ApiKey } from '../../keys/api-key.ts';
import type { ApiKeyUse, Store } from '../store.ts';
import { createKey, save } from './given.ts';
import { NOW } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeScopeUses(it: StoreTest): void {
  describe('uses of scopes', () => {
    it('the latest use counts, in whichever order uses are recorded, and outlives the process', async ({
      store,
      acme,
      reopen,
    }) => {
      const { key } = await createKey(store, acme);
      for (const at of [NOW, NOW + 2, NOW + 1]) await store.recordUses(usesOf(key, { 'trademarks:read': at }));
      expect(await neededOf(await reopen(), key)).toEqual({ 'trademarks:read': NOW + 2 });
    });

    it('each scope of each key has its own time, and is recorded with the last use of its key', async ({
      store,
      acme,
    }) => {
      const [{ key: first }, { key: second }] = [await createKey(store, acme), await createKey(store, acme)];
      await store.recordUses(
        new Map([
          ...usesOf(first, { 'trademarks:read': NOW, 'billing:read': NOW + 1 }),
          ...usesOf(second, { 'trademarks:read': NOW + 3 }),
        ]),
      );
      await store.recordUses(usesOf(first, { 'billing:read': NOW + 2 }));
      expect(await neededOf(store, first)).toEqual({ 'trademarks:read': NOW, 'billing:read': NOW + 2 });
      expect(await neededOf(store, second)).toEqual({ 'trademarks:read': NOW + 3 });
      expect((await store.getApiKey(acme.id, first.id))?.lastUsedAt).toBe(NOW + 2);
    });

    it('a use that needed no scope leaves none behind, and one of an unknown key is ignored', async ({
      store,
      acme,
    }) => {
      const { key } = await createKey(store, acme);
      await store.recordUses(usesOf(key, {}));
      await store.recordUses(usesOf({ id: 'key_unknown' }, { 'trademarks:read': NOW }));
      expect(await neededOf(store, key)).toEqual({});
    });

    it('a scope that is taken away and given again keeps its time', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { scopes: ['trademarks:read', 'billing:read'] });
      await store.recordUses(usesOf(key, { 'billing:read': NOW }));
      await save(store, acme, { ...key, scopes: ['trademarks:read'] });
      await save(store, acme, { ...key, version: key.version + 1 });
      expect(await neededOf(store, key)).toEqual({ 'billing:read': NOW });
    });

    it('they are recorded from the creation of the key on', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { createdAt: NOW + 7 });
      expect((await store.scopeUses.read(key)).recordedSince).toBe(NOW + 7);
    });
  });
}

function usesOf({ id }: Pick<ApiKey, 'id'>, needed: Record<string, number>): Map<string, ApiKeyUse> {
  const neededScopes = new Map(Object.entries(needed));
  return new Map([[id, { at: Math.max(0, ...neededScopes.values()), neededScopes }]]);
}

async function neededOf(store: Store, key: ApiKey): Promise<Record<string, number>> {
  return Object.fromEntries((await store.scopeUses.read(key)).lastNeededAt);
}
