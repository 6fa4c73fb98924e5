import { randomBytes } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { Organization } from '../../keys/api-key.ts';
import type { SealedReply, SealedReplyLimits } from '../sealed-reply-store.ts';
import type { Store } from '../store.ts';
import { createKey, createOrganization } from './given.ts';
import { NOW, someDigest } from './samples.ts';
import type { StoreTest } from './store-test.ts';

const LIMITS: SealedReplyLimits = { sealed: 1000, kept: 100_000 };

export function describeSealedReplies(it: StoreTest): void {
  describe('sealed replies', () => {
    it('one is read back as it was written, also within its own change and after the store was reopened', async ({
      store,
      acme,
      reopen,
    }) => {
      const reply = await newReply(store, acme);
      await store.change(acme.id, async ({ sealedReplies }) => {
        await sealedReplies.insert(reply, LIMITS, NOW);
        expect(await sealedReplies.find(reply.lookUp)).toEqual(reply);
      });
      expect(await find(await reopen(), acme, reply)).toEqual(reply);
    });

    it('one whose change fails is not kept', async ({ store, acme }) => {
      const reply = await newReply(store, acme);
      const change = store.change(acme.id, async ({ sealedReplies }) => {
        await sealedReplies.insert(reply, LIMITS, NOW);
        throw new Error('no');
      });
      await expect(change).rejects.toThrow('no');
      expect(await find(store, acme, reply)).toBeNull();
    });

    it("another organization's is as absent as one that does not exist, and is not discarded", async ({
      store,
      acme,
    }) => {
      const reply = await insert(store, acme, await newReply(store, acme));
      const other = await createOrganization(store, 'Other');
      expect(await find(store, other, reply)).toBeNull();
      expect(await find(store, acme, { ...reply, lookUp: someDigest() })).toBeNull();
      await discardSecretsOf(store, other, reply.apiKeyId);
      await store.change(other.id, ({ sealedReplies }) => sealedReplies.discardRepliesTo(reply.callerId));
      expect(await find(store, acme, reply)).toEqual(reply);
    });

    it("one for another organization's caller or key is refused", async ({ store, acme }) => {
      const other = await createOrganization(store, 'Other');
      const reply = await newReply(store, acme);
      const { key: theirs } = await createKey(store, other);
      await expect(insert(store, acme, { ...reply, callerId: theirs.id })).rejects.toThrow(Error);
      await expect(insert(store, acme, { ...reply, apiKeyId: theirs.id })).rejects.toThrow(Error);
      expect(await find(store, acme, reply)).toBeNull();
    });

    it('one takes the place of another with the same look-up', async ({ store, acme }) => {
      const first = await insert(store, acme, await newReply(store, acme));
      const second = await insert(store, acme, { ...(await newReply(store, acme)), lookUp: first.lookUp });
      expect(await find(store, acme, first)).toEqual(second);
    });

    it("a key's secrets are discarded, of whichever caller, and nobody else's", async ({ store, acme }) => {
      const first = await newReply(store, acme);
      const again = { ...(await newReply(store, acme)), apiKeyId: first.apiKeyId };
      const others = await newReply(store, acme);
      for (const reply of [first, again, others]) await insert(store, acme, reply);
      await discardSecretsOf(store, acme, first.apiKeyId);
      expect(await find(store, acme, first)).toEqual({ ...first, sealed: null });
      expect(await find(store, acme, again)).toEqual({ ...again, sealed: null });
      expect(await find(store, acme, others)).toEqual(others);
    });

    it('the replies to a caller are discarded, and nobody else’s', async ({ store, acme }) => {
      const first = await newReply(store, acme);
      const again = { ...(await newReply(store, acme)), callerId: first.callerId };
      const others = { ...(await newReply(store, acme)), apiKeyId: first.apiKeyId };
      for (const reply of [first, again, others]) await insert(store, acme, reply);
      await store.change(acme.id, ({ sealedReplies }) => sealedReplies.discardRepliesTo(first.callerId));
      expect(await find(store, acme, first)).toEqual({ ...first, sealed: null });
      expect(await find(store, acme, again)).toEqual({ ...again, sealed: null });
      expect(await find(store, acme, others)).toEqual(others);
    });

    it('a caller’s oldest lose their ciphertext, and the oldest of all are deleted; another caller’s stay', async ({
      store,
      acme,
    }) => {
      const limits = { sealed: 2, kept: 4 };
      const others = await insert(store, acme, await newReply(store, acme), limits);
      const { callerId, apiKeyId } = await newReply(store, acme);
      const replies: SealedReply[] = [];
      for (let n = 0; n < 6; n += 1) replies.push(await insert(store, acme, someReply(callerId, apiKeyId), limits));

      const found = [];
      for (const reply of replies) found.push((await find(store, acme, reply)) ?? 'deleted');
      const [, , third, fourth, fifth, sixth] = replies;
      const tombstones = [third, fourth].map((reply) => ({ ...reply, sealed: null }));
      expect(found).toEqual(['deleted', 'deleted', ...tombstones, fifth, sixth]);
      expect(await find(store, acme, others)).toEqual(others);
    });

    it('a ciphertext is pruned from the second its time is over, and the reply from the second that its own is', async ({
      store,
      acme,
    }) => {
      const reply = await insert(store, acme, await newReply(store, acme));
      const { sealedUntil, expiresAt } = reply;
      expect(await store.sealedReplies.prune(sealedUntil - 1, 100)).toBe(0);
      expect(await find(store, acme, reply)).toEqual(reply);
      expect(await store.sealedReplies.prune(sealedUntil, 100)).toBe(1);
      expect(await find(store, acme, reply)).toEqual({ ...reply, sealed: null });
      expect(await store.sealedReplies.prune(expiresAt - 1, 100)).toBe(0);
      expect(await store.sealedReplies.prune(expiresAt, 100)).toBe(1);
      expect(await find(store, acme, reply)).toBeNull();
    });

    it('pruning takes portions, and says when there is nothing left', async ({ store, acme }) => {
      const { callerId, apiKeyId } = await newReply(store, acme);
      for (let n = 0; n < 5; n += 1) await insert(store, acme, someReply(callerId, apiKeyId));
      const portions = [];
      do portions.push(await store.sealedReplies.prune(NOW + 3600, 2));
      while (portions.at(-1) !== 0);
      expect(portions).toEqual([2, 2, 1, 0]);
    });

    it("adding one prunes a few, another organization's too, so that writing alone keeps the store small", async ({
      store,
      acme,
    }) => {
      const over = await insert(store, acme, await newReply(store, acme));
      const other = await createOrganization(store, 'Other');
      await insert(store, other, await newReply(store, other), LIMITS, over.expiresAt);
      expect(await find(store, acme, over)).toBeNull();
    });
  });
}

/** A reply of a caller of its own, on a key of its own. */
async function newReply(store: Store, organization: Organization): Promise<SealedReply> {
  const [{ key: caller }, { key }] = [await createKey(store, organization), await createKey(store, organization)];
  return someReply(caller.id, key.id);
}

function someReply(callerId: string, apiKeyId: string): SealedReply {
  return {
    lookUp: someDigest(),
    callerId,
    fingerprint: someDigest(),
    apiKeyId,
    sealedUntil: NOW + 3600,
    expiresAt: NOW + 86_400,
    sealed: randomBytes(500),
  };
}

async function insert(
  store: Store,
  organization: Organization,
  reply: SealedReply,
  limits = LIMITS,
  now = NOW,
): Promise<SealedReply> {
  await store.change(organization.id, ({ sealedReplies }) => sealedReplies.insert(reply, limits, now));
  return reply;
}

function find(store: Store, organization: Organization, { lookUp }: SealedReply): Promise<SealedReply | null> {
  return store.change(organization.id, ({ sealedReplies }) => sealedReplies.find(lookUp));
}

function discardSecretsOf(store: Store, organization: Organization, apiKeyId: string): Promise<void> {
  return store.change(organization.id, ({ sealedReplies }) => sealedReplies.discardSecretsOf(apiKeyId));
}
