import { describe, expect } from 'vitest';
import { OrganizationNotFoundError } from '../store.ts';
import { createKey, createOrganization } from './given.ts';
import type { StoreTest } from './store-test.ts';

export function describeLimits(it: StoreTest): void {
  describe('limits of organizations', () => {
    it('a new organization has none of its own', async ({ acme, store }) => {
      expect(acme.limits).toEqual({ reads: null, writes: null });
      expect(await store.listOrganizations()).toEqual([acme]);
    });

    it('come with the credential, the lock and the list, and are of one organization only', async ({ store, acme }) => {
      const other = await createOrganization(store, 'Other');
      const [ours, theirs] = [await createKey(store, acme), await createKey(store, other)];
      const limits = { reads: 5_000, writes: null };
      await store.changeAsOperator(async (transaction) => {
        await transaction.setLimits(acme.id, limits);
        expect((await transaction.lockOrganization(acme.id)).organization.limits).toEqual(limits);
      });

      expect((await store.findCredential(ours.digest))!.organization).toEqual({ ...acme, limits });
      await store.change(acme.id, async ({ organization }) => expect(organization.limits).toEqual(limits));
      expect(await store.listOrganizations()).toEqual([{ ...acme, limits }, other]);
      expect((await store.findCredential(theirs.digest))!.organization).toEqual(other);
    });

    it('can be taken away again', async ({ store, acme }) => {
      for (const limits of [{ reads: 1, writes: 2 }, acme.limits]) {
        await store.changeAsOperator((transaction) => transaction.setLimits(acme.id, limits));
      }
      expect(await store.listOrganizations()).toEqual([acme]);
    });

    it('are as they were when the transaction that set them fails', async ({ store, acme }) => {
      const change = store.changeAsOperator(async (transaction) => {
        await transaction.setLimits(acme.id, { reads: 1, writes: 1 });
        throw new Error('planted');
      });
      await expect(change).rejects.toThrow('planted');
      expect(await store.listOrganizations()).toEqual([acme]);
    });

    it('are not set for an unknown organization', async ({ store }) => {
      const change = store.changeAsOperator((transaction) =>
        transaction.setLimits('orgn_unknown', { reads: 1, writes: 1 }),
      );
      await expect(change).rejects.toThrow(OrganizationNotFoundError);
    });
  });
}
