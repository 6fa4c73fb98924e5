import { describe, expect } from 'vitest';
import { createKey, save, secretsFound } from './given.ts';
import { NOW, someDigest, usedAt } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeVersions(it: StoreTest): void {
  describe('versions', () => {
    it('a change that was decided on an older version writes nothing', async ({ store, acme }) => {
      const { key, digest } = await createKey(store, acme, { name: 'Reports' });
      expect(await save(store, acme, { ...key, name: 'First' })).toBe('saved');
      expect(await save(store, acme, { ...key, name: 'Second' }, someDigest())).toBe('changed_meanwhile');
      const saved = await store.getApiKey(acme.id, key.id);
      expect(saved).toEqual({ ...key, name: 'First', version: key.version + 1 });
      expect(await secretsFound(store, [digest])).toEqual(['current']);
    });

    it('a use is no change: it leaves the version, and a later change leaves the use', async ({ store, acme }) => {
      const { key } = await createKey(store, acme);
      await store.recordUses(new Map([[key.id, usedAt(NOW)]]));
      expect(await save(store, acme, { ...key, name: 'Renamed' })).toBe('saved');
      expect(await store.getApiKey(acme.id, key.id)).toMatchObject({ name: 'Renamed', lastUsedAt: NOW });
    });
  });
}
