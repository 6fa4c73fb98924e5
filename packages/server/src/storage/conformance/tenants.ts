import { describe, expect } from 'vitest';
import type { ApiKey, Organization } from '../../keys/api-key.ts';
import type { Store } from '../store.ts';
import { createOrganization, createKey, insertKey } from './given.ts';
import { NOW, NOT_REVOKED, newKey, someDigest } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeTenants(it: StoreTest): void {
  describe('organizations are strangers to each other', () => {
    it("another organization's key is as absent as one that does not exist", async ({ store, acme }) => {
      const { theirs } = await createTheirKey(store);
      expect(await store.getApiKey(acme.id, theirs.id)).toBeNull();
      expect(await store.getApiKey(acme.id, 'key_unknown')).toBeNull();
      expect(await store.listApiKeys(acme.id, NOT_REVOKED, { limit: 10 })).toEqual({ rows: [], next: null });
      expect(await store.countApiKeys(acme.id, NOT_REVOKED)).toBe(0);
      await store.change(acme.id, async (transaction) => {
        expect(await transaction.getApiKey(theirs.id)).toBeNull();
        expect(await transaction.findNameHolder(theirs.name)).toBeNull();
        expect(await transaction.hasOtherManager('key_unknown', NOW)).toBe(false);
      });
    });

    it("another organization's key cannot be saved", async ({ store, acme }) => {
      const { other, theirs } = await createTheirKey(store);
      const outcome = await store.change(acme.id, (transaction) => transaction.saveApiKey({ ...theirs, name: 'Ours' }));
      expect(outcome).toBe('changed_meanwhile');
      expect(await store.getApiKey(other.id, theirs.id)).toEqual(theirs);
    });

    it('a key cannot be added to another organization', async ({ store, acme }) => {
      const { other } = await createTheirKey(store);
      const change = store.change(acme.id, (transaction) => transaction.insertApiKey(newKey(other), someDigest()));
      await expect(change).rejects.toThrow(Error);
      expect(await store.countApiKeys(other.id, NOT_REVOKED)).toBe(1);
    });

    it('they may use the same names', async ({ store, acme }) => {
      const { theirs } = await createTheirKey(store);
      expect(await insertKey(store, acme, { name: theirs.name })).toBe('inserted');
    });
  });
}

async function createTheirKey(store: Store): Promise<{ other: Organization; theirs: ApiKey }> {
  const other = await createOrganization(store, 'Other');
  const { key } = await createKey(store, other, { name: 'Theirs', scopes: ['api-keys:manage'] });
  return { other, theirs: key };
}
