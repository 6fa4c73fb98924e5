import { describe, expect } from 'vitest';
import type { ApiKey } from '../../keys/api-key.ts';
import { readChain } from '../../testing/read-chain.ts';
import { OrganizationNotFoundError, StoreUnavailableError } from '../store.ts';
import { createKey, insertKey } from './given.ts';
import { NOW, NOT_REVOKED, newKey, someEvent, someDigest, usedAt } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeDurability(it: StoreTest): void {
  describe('what is written', () => {
    it('a key is read back as it was written, also after the store was reopened', async ({ store, acme, reopen }) => {
      const { key, digest } = await createKey(store, acme, {
        name: 'Łódź 🔑 “Dashboard”',
        scopes: ['trademarks:read', 'billing:read'],
        metadata: { team: 'größe', empty: '', quote: `"'\\\n` },
        createdAt: NOW,
        createdBy: 'key_0000000000000001',
        expiresAt: NOW + 60,
      });

      expect(key).toEqual({
        id: key.id,
        organizationId: acme.id,
        sequence: expect.any(Number),
        name: 'Łódź 🔑 “Dashboard”',
        prefix: 'sig_a1b2',
        scopes: ['trademarks:read', 'billing:read'],
        metadata: { team: 'größe', empty: '', quote: `"'\\\n` },
        createdAt: NOW,
        createdBy: 'key_0000000000000001',
        expiresAt: NOW + 60,
        lastUsedAt: null,
        rotatedAt: null,
        previousSecretExpiresAt: null,
        revokedAt: null,
        version: expect.any(Number),
      });
      const reopened = await reopen();
      expect(await reopened.getApiKey(acme.id, key.id)).toEqual(key);
      expect(await reopened.findCredential(digest)).toEqual({ apiKey: key, organization: acme, secret: 'current' });
      expect(await reopened.listOrganizations()).toEqual([acme]);
    });

    it('all that a change sets is kept over a reopening: names, secrets, uses, revocations and audit rows', async ({
      store,
      acme,
      reopen,
    }) => {
      const kept = await createKey(store, acme, { name: 'Kept' });
      const revoked = await createKey(store, acme, { name: 'Revoked' });
      const saved: ApiKey = {
        ...kept.key,
        name: 'Renamed',
        prefix: 'sig_ffff',
        scopes: ['billing:read'],
        metadata: { team: 'b' },
        expiresAt: NOW + 7,
        rotatedAt: NOW + 1,
        previousSecretExpiresAt: NOW + 5,
      };
      const newDigest = someDigest();
      await store.change(acme.id, async (transaction) => {
        expect(await transaction.saveApiKey(saved, newDigest)).toBe('saved');
        expect(await transaction.saveApiKey({ ...revoked.key, revokedAt: NOW })).toBe('saved');
        await transaction.appendAudit(someEvent());
      });
      await store.recordUses(new Map([[kept.key.id, usedAt(NOW + 2)]]));

      const reopened = await reopen();

      const expected = { ...saved, lastUsedAt: NOW + 2, version: kept.key.version + 1 };
      expect(await reopened.getApiKey(acme.id, kept.key.id)).toEqual(expected);
      expect(await reopened.findCredential(newDigest)).toMatchObject({ apiKey: expected, secret: 'current' });
      expect(await reopened.findCredential(kept.digest)).toMatchObject({ apiKey: expected, secret: 'previous' });
      expect(await reopened.getApiKey(acme.id, revoked.key.id)).toMatchObject({ revokedAt: NOW });
      expect(await readChain(reopened, acme.id)).toHaveLength(1);
    });

    it('metadata may have any key, even __proto__, which stays a key like others', async ({ store, acme }) => {
      const metadata = JSON.parse('{ "__proto__": "a", "constructor": "b", "": "c" }') as Record<string, string>;
      const { key } = await createKey(store, acme, { metadata });
      expect(Object.entries(key.metadata)).toEqual(Object.entries(metadata));
      expect(Object.getPrototypeOf(key.metadata)).toBe(Object.prototype);
    });

    it('a rejected change leaves nothing behind, and rejects with its own reason', async ({ store, acme }) => {
      const { key } = await createKey(store, acme, { name: 'Kept' });
      const reason = new Error('changed my mind');
      const digest = someDigest();
      const change = store.change(acme.id, async (transaction) => {
        await transaction.insertApiKey(newKey(acme, { name: 'Never' }), digest);
        await transaction.saveApiKey({ ...key, name: 'Never this' });
        await transaction.appendAudit(someEvent());
        throw reason;
      });

      await expect(change).rejects.toBe(reason);
      expect(await store.listApiKeys(acme.id, NOT_REVOKED, { limit: 10 })).toEqual({ rows: [key], next: null });
      expect(await store.findCredential(digest)).toBeNull();
      expect(await readChain(store, acme.id)).toEqual([]);
      await createKey(store, acme, { name: 'Never' });
    });

    it('a change resolves with what its work resolves with', async ({ store, acme }) => {
      expect(await store.change(acme.id, async ({ organization }) => organization)).toEqual(acme);
    });

    it('a change of an unknown organization is rejected', async ({ store }) => {
      await expect(store.change('orgn_unknown', async () => 'done')).rejects.toThrow(OrganizationNotFoundError);
    });

    it('a closed store refuses to read and to write, and can be closed again', async ({ store, acme }) => {
      await store.close();
      await store.close();
      await expect(store.listOrganizations()).rejects.toThrow(StoreUnavailableError);
      await expect(store.change(acme.id, async () => {})).rejects.toThrow(StoreUnavailableError);
    });

    it('closing waits for the changes under way', async ({ store, acme, reopen }) => {
      const changes = [1, 2, 3].map((n) => insertKey(store, acme, { name: `Key ${n}` }));
      await store.close();
      expect(await Promise.all(changes)).toEqual(['inserted', 'inserted', 'inserted']);
      const reopened = await reopen();
      expect(await reopened.countApiKeys(acme.id, NOT_REVOKED)).toBe(3);
    });

    it('a store that can read and write is healthy', async ({ store }) => {
      await expect(store.checkHealth()).resolves.toBeUndefined();
    });
  });
}
