import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import type { Organization } from '../../keys/api-key.ts';
import { dayOf } from '../../keys/day.ts';
import type { RequestLog } from '../../request-logs/request-log.ts';
import { createKey, createOrganization } from '../conformance/given.ts';
import { NOW, someDigest, someRequest, someUsage } from '../conformance/samples.ts';
import type { RequestLogPlace } from '../request-log-store.ts';
import type { SealedReply } from '../sealed-reply-store.ts';
import type { Store } from '../store.ts';
import { useTwoInstances } from './testing/two-instances.ts';
import { usePostgres } from './testing/use-postgres.ts';

const twoInstances = useTwoInstances(usePostgres());

describe('two instances that append at once', () => {
  it('give each row a place of its own, and pages show each row once and an instance’s in its order', async () => {
    const { one, two, acme } = await twoInstances();
    const appendAll = async (store: Store, apiKeyId: string) => {
      for (let n = 0; n < 100; n += 5) {
        const rows = Array.from({ length: 5 }, (_, i) => someRequest(acme, { apiKeyId, durationMs: n + i }));
        await store.requestLogs.append(rows, []);
      }
    };
    await Promise.all([appendAll(one, 'key_1'), appendAll(two, 'key_2')]);

    const rows = await readAll(one, acme, 7);
    expect(rows).toHaveLength(200);
    for (const apiKeyId of ['key_1', 'key_2']) {
      const durations = rows.filter((row) => row.apiKeyId === apiKeyId).map((row) => row.durationMs);
      expect(durations).toEqual(Array.from({ length: 100 }, (_, n) => 99 - n));
    }
  });

  it('lose no count, in whichever order each names the same sums', async () => {
    const { one, two, acme } = await twoInstances();
    const other = await createOrganization(one, 'Other');
    const counts = [acme, other].flatMap((organization) =>
      Array.from({ length: 20 }, (_, n) => someUsage(organization, { apiKeyId: `key_${n}`, requests: 2, errors: 1 })),
    );
    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        n % 2 === 0 ? one.requestLogs.append([], counts) : two.requestLogs.append([], counts.toReversed()),
      ),
    );
    const today = { first: dayOf(NOW), last: dayOf(NOW) };
    for (const organization of [acme, other]) {
      for (const groupBy of ['day', 'operation', 'api_key'] as const) {
        const { totals } = await two.usage.summarize(organization.id, today, { groupBy, limit: 5 });
        expect(totals).toEqual({ requests: 30 * 20 * 2, errors: 30 * 20 });
      }
    }
  });
});

describe('two instances that prune at once', () => {
  it('remove each row once, never more than they were told, and none that is young enough', async () => {
    const { one, two, acme } = await twoInstances();
    const rows = Array.from({ length: 1_000 }, (_, n) => someRequest(acme, { occurredAt: NOW - 1 - n }));
    await one.requestLogs.append([...rows, someRequest(acme)], []);
    const portions = await Promise.all(
      Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? one : two).requestLogs.prune(NOW, 70)),
    );
    expect(portions).toEqual(Array(10).fill(70));
    while ((await two.requestLogs.prune(NOW, 70)) > 0);
    expect(await readAll(one, acme, 100)).toMatchObject([{ occurredAt: NOW }]);
  });

  it('pass over what a third holds', async () => {
    const { one, acme, url } = await twoInstances();
    await one.requestLogs.append(
      [2, 1].map((age) => someRequest(acme, { occurredAt: NOW - age })),
      [],
    );
    const third = new Client({ connectionString: url });
    await third.connect();
    try {
      await third.query('BEGIN');
      await third.query('SELECT FROM request_logs WHERE occurred_at = $1 FOR UPDATE', [NOW - 2]);
      expect(await one.requestLogs.prune(NOW, 10)).toBe(1);
    } finally {
      await third.end();
    }
    expect(await one.requestLogs.prune(NOW, 10)).toBe(1);
  });

  it('keep replies of two organizations without waiting for each other in a circle', async () => {
    const { one, two, acme } = await twoInstances();
    const other = await createOrganization(one, 'Other');
    const ours = (await createKey(one, acme)).key.id;
    const theirs = (await createKey(one, other)).key.id;
    for (let round = 0; round < 10; round += 1) {
      // The first to prune gets the other's, which come first, and the second those of the first.
      for (let n = 0; n < 10; n += 1) await keep(two, other, { ...someReply(theirs), expiresAt: NOW + 1 }, NOW);
      for (let n = 0; n < 10; n += 1) await keep(one, acme, { ...someReply(ours), expiresAt: NOW + 2 }, NOW);
      // Each removes all that its own caller had, too.
      const none = { sealed: 0, kept: 0 };
      await Promise.all([
        keep(one, acme, someReply(ours), NOW + 2, none),
        keep(two, other, someReply(theirs), NOW + 2, none),
      ]);
    }
    while ((await one.sealedReplies.prune(NOW + 2, 100)) > 0);
    expect(await one.sealedReplies.prune(NOW + 86_400, 100)).toBe(0);
  });
});

async function keep(
  store: Store,
  organization: Organization,
  reply: SealedReply,
  now: number,
  limits = { sealed: 1_000, kept: 1_000 },
): Promise<void> {
  await store.change(organization.id, ({ sealedReplies }) => sealedReplies.insert(reply, limits, now));
}

function someReply(keyId: string): SealedReply {
  return {
    lookUp: someDigest(),
    callerId: keyId,
    fingerprint: someDigest(),
    apiKeyId: keyId,
    sealedUntil: NOW + 3600,
    expiresAt: NOW + 86_400,
    sealed: null,
  };
}

async function readAll(store: Store, { id }: Organization, limit: number): Promise<RequestLog[]> {
  const rows: RequestLog[] = [];
  for (let before: RequestLogPlace | null = { occurredAt: NOW + 1, nth: 0 }; before !== null;) {
    const page = await store.requestLogs.list(id, { from: 0 }, { before, limit });
    rows.push(...page.rows);
    before = page.next;
  }
  return rows;
}
