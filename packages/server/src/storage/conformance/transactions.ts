import { describe, expect } from 'vitest';
import type { ApiKey, Organization } from '../../keys/api-key.ts';
import type { OperatorTransaction, OrganizationTransaction } from '../store.ts';
import { createKey, insertKey } from './given.ts';
import { NOW, NOT_REVOKED, newOrganization, newKey, someEvent, someDigest } from './samples.ts';
import type { StoreTest } from './store-test.ts';

export function describeTransactions(it: StoreTest): void {
  describe('transactions', () => {
    it('nobody else sees a change before it is committed, and the change itself sees it at once', async ({
      store,
      acme,
    }) => {
      const digest = someDigest();
      const inserted = gate();
      const commit = gate();
      const change = store.change(acme.id, async (transaction) => {
        const key = newKey(acme);
        await transaction.insertApiKey(key, digest);
        expect(await transaction.getApiKey(key.id)).not.toBeNull();
        inserted.open();
        await commit.opened;
      });

      await inserted.opened;
      const [seen, count] = await Promise.all([store.findCredential(digest), store.countApiKeys(acme.id, NOT_REVOKED)]);
      commit.open();
      await change;
      expect(seen).toBeNull();
      expect(count).toBe(0);
      expect(await store.findCredential(digest)).not.toBeNull();
    });

    it('changes of one organization run one at a time, each on what the one before committed', async ({
      store,
      acme,
    }) => {
      const { key } = await createKey(store, acme, { metadata: { count: '0' } });
      let running = 0;
      await Promise.all(
        Array.from({ length: 20 }, () =>
          store.change(acme.id, async (transaction) => {
            running += 1;
            expect(running).toBe(1);
            const current = (await transaction.getApiKey(key.id))!;
            const count = String(Number(current.metadata['count']) + 1);
            expect(await transaction.saveApiKey({ ...current, metadata: { count } })).toBe('saved');
            running -= 1;
          }),
        ),
      );
      const counted = await store.getApiKey(acme.id, key.id);
      expect(counted).toMatchObject({ metadata: { count: '20' }, version: key.version + 20 });
    });

    it('changes of an organization wait for an operator who has locked it', async ({ store, acme }) => {
      const locked = gate();
      const commit = gate();
      const key = newKey(acme, { name: "The operator's" });
      const byOperator = store.changeAsOperator(async (transaction) => {
        const organization = await transaction.lockOrganization(acme.id);
        locked.open();
        await commit.opened;
        await organization.insertApiKey(key, someDigest());
      });

      await locked.opened;
      const holder = store.change(acme.id, (transaction) => transaction.findNameHolder(key.name));
      commit.open();
      await byOperator;
      expect(await holder).toMatchObject({ id: key.id });
    });

    it('a failed change does not stop those that wait behind it', async ({ store, acme }) => {
      const failing = store.change(acme.id, () => Promise.reject(new Error('no')));
      const waiting = insertKey(store, acme);
      await expect(failing).rejects.toThrow('no');
      expect(await waiting).toBe('inserted');
    });

    it('a transaction cannot be used after its work has resolved', async ({ store, acme }) => {
      const { key } = await createKey(store, acme);
      let kept: OrganizationTransaction;
      await store.change(acme.id, async (transaction) => {
        kept = transaction;
      });
      await expectUnusable(kept!, acme, key);
      expect(await store.listApiKeys(acme.id, NOT_REVOKED, { limit: 10 })).toEqual({ rows: [key], next: null });
    });

    it('a transaction cannot be used after its work has rejected', async ({ store, acme }) => {
      const { key } = await createKey(store, acme);
      let kept: OrganizationTransaction;
      const change = store.change(acme.id, async (transaction) => {
        kept = transaction;
        throw new Error('no');
      });
      await expect(change).rejects.toThrow('no');
      await expectUnusable(kept!, acme, key);
    });

    it("an operator's transaction, and an organization locked in it, cannot be used afterwards", async ({
      store,
      acme,
    }) => {
      const { key } = await createKey(store, acme);
      let kept: OperatorTransaction;
      let locked: OrganizationTransaction;
      await store.changeAsOperator(async (transaction) => {
        kept = transaction;
        locked = await transaction.lockOrganization(acme.id);
      });
      await expect(kept!.insertOrganization(newOrganization('Late'))).rejects.toThrow(Error);
      await expect(kept!.appendAudit(someEvent())).rejects.toThrow(Error);
      await expect(kept!.lockOrganization(acme.id)).rejects.toThrow(Error);
      await expectUnusable(locked!, acme, key);
    });
  });
}

async function expectUnusable(
  transaction: OrganizationTransaction,
  organization: Organization,
  key: ApiKey,
): Promise<void> {
  await expect(transaction.findCredential(someDigest())).rejects.toThrow(Error);
  await expect(transaction.getApiKey(key.id)).rejects.toThrow(Error);
  await expect(transaction.findNameHolder(key.name)).rejects.toThrow(Error);
  await expect(transaction.hasOtherManager(key.id, NOW)).rejects.toThrow(Error);
  await expect(transaction.insertApiKey(newKey(organization), someDigest())).rejects.toThrow(Error);
  await expect(transaction.saveApiKey(key)).rejects.toThrow(Error);
  await expect(transaction.appendAudit(someEvent())).rejects.toThrow(Error);
  await expect(transaction.sealedReplies.find(someDigest())).rejects.toThrow(Error);
  await expect(transaction.sealedReplies.discardSecretsOf(key.id)).rejects.toThrow(Error);
  await expect(transaction.sealedReplies.discardRepliesTo(key.id)).rejects.toThrow(Error);
}

/**
 * Something that others wait for until it is opened. Only a test may have work wait for such a thing within a
 * transaction: it looks in from outside meanwhile.
 */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
