import { describe, expect } from 'vitest';
import { readChain } from '../../testing/read-chain.ts';
import { OrganizationNotFoundError } from '../store.ts';
import { newOrganization, newKey, someEvent, someDigest } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeOperators(it: StoreTest): void {
  describe('operators', () => {
    it('an organization, its first key and their audit rows are written together', async ({ store }) => {
      const organization = newOrganization('New');
      const digest = someDigest();
      await store.changeAsOperator(async (transaction) => {
        expect(await transaction.insertOrganization(organization)).toBe('inserted');
        await transaction.appendAudit(someEvent());
        const locked = await transaction.lockOrganization(organization.id);
        expect(locked.organization).toEqual(organization);
        expect(await locked.insertApiKey(newKey(organization), digest)).toBe('inserted');
        await locked.appendAudit(someEvent());
      });

      expect(await store.findCredential(digest)).toMatchObject({ organization });
      expect(await readChain(store, organization.id)).toHaveLength(1);
      expect(await store.listOrganizations()).toContainEqual(organization);
    });

    it('nothing of it is written when it fails', async ({ store, acme }) => {
      const organization = newOrganization('Never');
      const before = await readChain(store, 'operator');
      const change = store.changeAsOperator(async (transaction) => {
        await transaction.insertOrganization(organization);
        await transaction.appendAudit(someEvent());
        const locked = await transaction.lockOrganization(organization.id);
        await locked.insertApiKey(newKey(organization), someDigest());
        throw new Error('the secret could not be handed over');
      });

      await expect(change).rejects.toThrow('handed over');
      expect(await store.listOrganizations()).toEqual([acme]);
      expect(await readChain(store, 'operator')).toEqual(before);
    });

    it('an id that exists is not given to a second organization', async ({ store, acme }) => {
      const outcome = await store.changeAsOperator((transaction) =>
        transaction.insertOrganization({ ...acme, name: 'Impostor' }),
      );
      expect(outcome).toBe('id_taken');
      expect(await store.listOrganizations()).toEqual([acme]);
    });

    it('a key is found by its id alone, whichever organization it belongs to', async ({ store, acme }) => {
      const key = newKey(acme);
      await store.change(acme.id, (transaction) => transaction.insertApiKey(key, someDigest()));
      const find = (id: string) => store.changeAsOperator((transaction) => transaction.findOrganizationOf(id));
      expect([await find(key.id), await find('key_unknown')]).toEqual([acme.id, null]);
    });

    it('an unknown organization cannot be locked', async ({ store }) => {
      const change = store.changeAsOperator((transaction) => transaction.lockOrganization('orgn_unknown'));
      await expect(change).rejects.toThrow(OrganizationNotFoundError);
    });
  });
}
