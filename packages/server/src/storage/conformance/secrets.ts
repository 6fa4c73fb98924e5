import { describe, expect } from 'vitest';
import { createOrganization, createKey, insertKey, save, secretsFound } from './given.ts';
import { NOW, someDigest } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeSecrets(it: StoreTest): void {
  describe('ids and secrets', () => {
    it('an id that exists is not given to a second key, not even in another organization', async ({ store, acme }) => {
      const { key } = await createKey(store, acme);
      const other = await createOrganization(store, 'Other');
      expect(await insertKey(store, acme, { id: key.id })).toBe('id_taken');
      expect(await insertKey(store, other, { id: key.id })).toBe('id_taken');
      expect(await store.getApiKey(acme.id, key.id)).toEqual(key);
    });

    it('a secret that exists is not given to a second key', async ({ store, acme }) => {
      const { digest } = await createKey(store, acme);
      expect(await insertKey(store, acme, {}, digest)).toBe('id_taken');
    });

    it('an unknown digest belongs to no key', async ({ store, acme }) => {
      await createKey(store, acme);
      expect(await store.findCredential(someDigest())).toBeNull();
    });

    it('the key of a digest is found although it is expired or revoked, and within a change too', async ({
      store,
      acme,
    }) => {
      const { key, digest } = await createKey(store, acme, { expiresAt: NOW - 1 });
      await save(store, acme, { ...key, revokedAt: NOW });
      const credential = await store.findCredential(digest);
      expect(credential).toMatchObject({ apiKey: { id: key.id, revokedAt: NOW }, secret: 'current' });
      await store.change(acme.id, async (transaction) => {
        expect(await transaction.findCredential(digest)).toEqual(credential);
      });
    });

    it('a new secret with a grace period makes the one before the previous secret', async ({ store, acme }) => {
      const { key, digest } = await createKey(store, acme);
      const [second, third] = [someDigest(), someDigest()];

      await save(store, acme, { ...key, previousSecretExpiresAt: NOW + 60 }, second);
      expect(await secretsFound(store, [digest, second])).toEqual(['previous', 'current']);

      const rotated = (await store.getApiKey(acme.id, key.id))!;
      await save(store, acme, { ...rotated, previousSecretExpiresAt: NOW + 90 }, third);
      expect(await secretsFound(store, [digest, second, third])).toEqual([null, 'previous', 'current']);
    });

    it('a new secret without a grace period makes the one before forgotten', async ({ store, acme }) => {
      const { key, digest } = await createKey(store, acme);
      const second = someDigest();
      await save(store, acme, key, second);
      expect(await secretsFound(store, [digest, second])).toEqual([null, 'current']);
    });

    it('the previous secret survives other changes, until its grace period is taken away', async ({ store, acme }) => {
      const { key, digest } = await createKey(store, acme);
      const second = someDigest();
      await save(store, acme, { ...key, previousSecretExpiresAt: NOW + 60 }, second);

      const rotated = (await store.getApiKey(acme.id, key.id))!;
      await save(store, acme, { ...rotated, name: 'Renamed' });
      expect(await secretsFound(store, [digest, second])).toEqual(['previous', 'current']);

      const renamed = (await store.getApiKey(acme.id, key.id))!;
      await save(store, acme, { ...renamed, previousSecretExpiresAt: null });
      expect(await secretsFound(store, [digest, second])).toEqual([null, 'current']);
    });
  });
}
