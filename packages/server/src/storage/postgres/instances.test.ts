import { describe, expect, it } from 'vitest';
import { readChain } from '../../testing/read-chain.ts';
import { expectUnbroken } from '../conformance/audit-chains.ts';
import { createKey, insertKey } from '../conformance/given.ts';
import { NOW, NOT_REVOKED, someDigest, someEvent } from '../conformance/samples.ts';
import type { Store } from '../store.ts';
import { useTwoInstances } from './testing/two-instances.ts';
import { usePostgres } from './testing/use-postgres.ts';

const postgres = usePostgres();
const twoInstances = useTwoInstances(postgres);

describe('two instances on one database', () => {
  it('give a name to one of fifty keys that want it at the same time, in either spelling', async () => {
    const { one, two, acme } = await twoInstances();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        insertKey(n % 2 === 0 ? one : two, acme, { name: n % 3 === 0 ? 'Caf\u00e9' : 'Cafe\u0301' }),
      ),
    );
    expect(outcomes.toSorted()).toEqual(['inserted', ...Array(49).fill('name_taken')]);
    expect(await two.countApiKeys(acme.id, NOT_REVOKED)).toBe(1);
  });

  it('let one of two managers revoke the other, never both', async () => {
    const { one, two, acme } = await twoInstances();
    for (let round = 0; round < 10; round++) {
      const [a, b] = [
        await createKey(one, acme, { scopes: ['api-keys:manage'] }),
        await createKey(one, acme, { scopes: ['api-keys:manage'] }),
      ];
      const revokeUnlessLast = (store: Store, id: string) =>
        store.change(acme.id, async (transaction) => {
          const apiKey = (await transaction.getApiKey(id))!;
          if (!(await transaction.hasOtherManager(id, NOW))) return 'last manager';
          return transaction.saveApiKey({ ...apiKey, revokedAt: NOW });
        });
      const outcomes = await Promise.all([revokeUnlessLast(one, a.key.id), revokeUnlessLast(two, b.key.id)]);
      expect(outcomes.toSorted()).toEqual(['last manager', 'saved']);
      for (const { key } of [a, b]) {
        await one.change(acme.id, async (transaction) => {
          const left = (await transaction.getApiKey(key.id))!;
          if (left.revokedAt === null) await transaction.saveApiKey({ ...left, revokedAt: NOW });
        });
      }
    }
  });

  it('carry out one of twenty rotations that were decided on one version, and its secret is the only one', async () => {
    const { one, two, acme } = await twoInstances();
    const { key, digest } = await createKey(one, acme);
    const digests = Array.from({ length: 20 }, someDigest);
    const outcomes = await Promise.all(
      digests.map((newDigest, n) =>
        (n % 2 === 0 ? one : two).change(acme.id, (transaction) => transaction.saveApiKey(key, newDigest)),
      ),
    );
    expect(outcomes.toSorted()).toEqual([...Array(19).fill('changed_meanwhile'), 'saved']);
    expect((await two.getApiKey(acme.id, key.id))!.version).toBe(key.version + 1);
    const found = await Promise.all([digest, ...digests].map((each) => one.findCredential(each)));
    expect(found.map((credential) => credential !== null)).toEqual([
      false,
      ...outcomes.map((outcome) => outcome === 'saved'),
    ]);
  });

  it('leave versions without gaps when each rotation is decided under the lock', async () => {
    const { one, two, acme } = await twoInstances();
    const { key } = await createKey(one, acme);
    const versions = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? one : two).change(acme.id, async (transaction) => {
          const current = (await transaction.getApiKey(key.id))!;
          await transaction.saveApiKey(current, someDigest());
          return current.version;
        }),
      ),
    );
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => key.version + n));
  });

  it('see what the other committed at once: a key that it revoked is revoked', async () => {
    const { one, two, acme } = await twoInstances();
    const { key, digest } = await createKey(one, acme);
    await one.change(acme.id, (transaction) => transaction.saveApiKey({ ...key, revokedAt: NOW }));
    expect((await two.findCredential(digest))!.apiKey.revokedAt).toBe(NOW);
  });

  it('lengthen one audit chain, which stays unbroken', async () => {
    const { one, two, acme } = await twoInstances();
    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        (n % 2 === 0 ? one : two).change(acme.id, (transaction) => transaction.appendAudit(someEvent())),
      ),
    );
    const rows = await readChain(one, acme.id);
    expect(rows).toHaveLength(30);
    expectUnbroken(acme.id, rows);
  });

  it('note the same uses at the same time without getting in each other’s way', async () => {
    const { one, two, acme } = await twoInstances();
    const keys = await Promise.all(Array.from({ length: 20 }, () => createKey(one, acme)));
    const uses = keys.map(
      ({ key }) => [key.id, { at: NOW, neededScopes: new Map([['trademarks:read', NOW]]) }] as const,
    );
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        n % 2 === 0 ? one.recordUses(new Map(uses)) : two.recordUses(new Map(uses.toReversed())),
      ),
    );
    expect((await one.getApiKey(acme.id, keys[0]!.key.id))!.lastUsedAt).toBe(NOW);
  });
});
