import { describe, expect } from 'vitest';
import type { Organization, Scope } from '../../keys/api-key.ts';
import type { Store } from '../store.ts';
import { createKey, save } from './given.ts';
import { NOW } from './samples.ts';
import type { StoreTest } from './store-test.ts';

const MANAGE: Scope[] = ['trademarks:read', 'api-keys:manage'];

export function describeManagers(it: StoreTest): void {
  describe('other managers', () => {
    it('a key is not its own other manager', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { scopes: MANAGE });
      expect(await hasOtherManager(store, acme, key.id)).toBe(false);
      expect(await hasOtherManager(store, acme, 'key_unknown')).toBe(true);
    });

    it('a key with other scopes does not count', async ({ store, acme }) => {
      await createKey(store, acme, { scopes: ['trademarks:read', 'billing:read'] });
      expect(await hasOtherManager(store, acme, 'key_unknown')).toBe(false);
    });

    it('an expired key does not count, from the second of its expiry on', async ({ store, acme }) => {
      await createKey(store, acme, { scopes: MANAGE, expiresAt: NOW });
      expect(await hasOtherManager(store, acme, 'key_unknown', NOW - 1)).toBe(true);
      expect(await hasOtherManager(store, acme, 'key_unknown', NOW)).toBe(false);
    });

    it('a revoked key does not count', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { scopes: MANAGE });
      await save(store, acme, { ...key, revokedAt: NOW });
      expect(await hasOtherManager(store, acme, 'key_unknown')).toBe(false);
    });

    it('a key counts from when the scope is given until it is taken away', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { scopes: ['billing:read'] });
      await save(store, acme, { ...key, scopes: ['api-keys:manage'] });
      expect(await hasOtherManager(store, acme, 'key_unknown')).toBe(true);
      await save(store, acme, { ...(await store.getApiKey(acme.id, key.id))!, scopes: ['billing:read'] });
      expect(await hasOtherManager(store, acme, 'key_unknown')).toBe(false);
    });

    it('a change sees the managers as it has made them', async ({ store, acme }) => {
      const first = await createKey(store, acme, { scopes: MANAGE });
      const second = await createKey(store, acme, { scopes: MANAGE });
      await store.change(acme.id, async (transaction) => {
        expect(await transaction.hasOtherManager(first.key.id, NOW)).toBe(true);
        await transaction.saveApiKey({ ...second.key, revokedAt: NOW });
        expect(await transaction.hasOtherManager(first.key.id, NOW)).toBe(false);
      });
    });
  });
}

function hasOtherManager(store: Store, organization: Organization, id: string, now = NOW): Promise<boolean> {
  return store.change(organization.id, (transaction) => transaction.hasOtherManager(id, now));
}
