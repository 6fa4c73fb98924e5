import { describe, expect } from 'vitest';
import { readChain } from '../../testing/read-chain.ts';
import type { Store } from '../store.ts';
import { NOW, newResourceServer, someDigest, someEvent } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeResourceServers(it: StoreTest): void {
  describe('resource servers', () => {
    it('one is found by its digest alone, and still after the store was opened again', async ({ store, reopen }) => {
      const { server, digest } = await createResourceServer(store, { scopes: ['trademarks:read', 'billing:read'] });
      expect(await store.resourceServers.find(digest)).toEqual({ ...server, revokedAt: null });
      expect(await store.resourceServers.find(someDigest())).toBeNull();
      expect(await store.findCredential(digest)).toBeNull();
      expect(await (await reopen()).resourceServers.find(digest)).toEqual({ ...server, revokedAt: null });
    });

    it('all are listed, the oldest first', async ({ store }) => {
      const names = ['B', 'A', 'C'];
      for (const name of names) await createResourceServer(store, { name });
      expect((await store.resourceServers.list()).map(({ name }) => name)).toEqual(names);
    });

    it('a revoked one is found and listed as revoked, since the first time', async ({ store }) => {
      const { server, digest } = await createResourceServer(store);
      const other = await createResourceServer(store);
      for (const revokedAt of [NOW + 1, NOW + 2]) {
        await store.changeAsOperator((transaction) => transaction.revokeResourceServer(server.id, revokedAt));
      }
      expect(await store.resourceServers.find(digest)).toEqual({ ...server, revokedAt: NOW + 1 });
      expect(await store.resourceServers.list()).toEqual([
        { ...server, revokedAt: NOW + 1 },
        { ...other.server, revokedAt: null },
      ]);
    });

    it('an unknown one is null, and to revoke it does nothing', async ({ store }) => {
      const found = await store.changeAsOperator(async (transaction) => {
        await transaction.revokeResourceServer('rs_unknown', NOW);
        return transaction.getResourceServer('rs_unknown');
      });
      expect(found).toBeNull();
      expect(await store.resourceServers.list()).toEqual([]);
    });

    it('an id or a digest that exists is not given to a second one', async ({ store }) => {
      const { server, digest } = await createResourceServer(store);
      const outcomes = await store.changeAsOperator(async (transaction) => [
        await transaction.insertResourceServer(newResourceServer({ id: server.id }), someDigest()),
        await transaction.insertResourceServer(newResourceServer(), digest),
      ]);
      expect(outcomes).toEqual(['id_taken', 'id_taken']);
      expect(await store.resourceServers.list()).toEqual([{ ...server, revokedAt: null }]);
    });

    it('nothing of a change is written when it fails', async ({ store }) => {
      const { server, digest } = await createResourceServer(store);
      const before = await readChain(store, 'operator');
      const change = store.changeAsOperator(async (transaction) => {
        await transaction.insertResourceServer(newResourceServer(), someDigest());
        await transaction.revokeResourceServer(server.id, NOW);
        expect(await transaction.getResourceServer(server.id)).toEqual({ ...server, revokedAt: NOW });
        await transaction.appendAudit(someEvent());
        throw new Error('the secret could not be handed over');
      });
      await expect(change).rejects.toThrow('handed over');
      expect(await store.resourceServers.list()).toEqual([{ ...server, revokedAt: null }]);
      expect(await store.resourceServers.find(digest)).toMatchObject({ revokedAt: null });
      expect(await readChain(store, 'operator')).toEqual(before);
    });
  });
}

async function createResourceServer(store: Store, wanted: Parameters<typeof newResourceServer>[0] = {}) {
  const [server, digest] = [newResourceServer(wanted), someDigest()];
  const outcome = await store.changeAsOperator((transaction) => transaction.insertResourceServer(server, digest));
  expect(outcome).toBe('inserted');
  return { server, digest };
}
