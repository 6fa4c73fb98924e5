import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectInvalid } from '../testing/expect-error.ts';
import { type TestApi, type TestOrganization, type TestResponse, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;
/** The ids of the organization's 25 keys, the newest first. */
let all: string[];

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
  all = [organization.manager.id, ...(await createKeys(organization, 24))].toReversed();
});
afterAll(() => api.close());

async function createKeys({ createKey }: TestOrganization, count: number): Promise<string[]> {
  const ids = [];
  while (ids.length < count) ids.push((await createKey()).id);
  return ids;
}

const idsOf = ({ body }: TestResponse): string[] => body.data.map(({ id }: { id: string }) => id);

describe('pages', () => {
  test.each([
    { limit: undefined, sizes: [20, 5] },
    { limit: 1, sizes: Array.from({ length: 25 }, () => 1) },
    { limit: 12, sizes: [12, 12, 1] },
    { limit: 24, sizes: [24, 1] },
    { limit: 25, sizes: [25] },
    { limit: 100, sizes: [25] },
  ])('of $limit show each key once, the newest first, and end with a null cursor', async ({ limit, sizes }) => {
    const seen: string[] = [];
    let query: Record<string, string> = limit === undefined ? {} : { limit: String(limit) };
    for (const size of sizes) {
      const response = await manager.list(query);
      const isLast = seen.length + size === all.length;
      expect(idsOf(response)).toHaveLength(size);
      expect(response.body.has_more).toBe(!isLast);
      expect(response.body.pagination).toEqual({ cursor: isLast ? null : expect.any(String) });
      seen.push(...idsOf(response));
      query = { ...query, cursor: response.body.pagination.cursor };
    }
    expect(seen).toEqual(all);
  });

  test('may be of different sizes, and counted or not', async () => {
    const first = await manager.list({ limit: '3' });
    const second = await manager.list({ limit: '4', include_total: 'true', cursor: first.body.pagination.cursor });
    expect([...idsOf(first), ...idsOf(second)]).toEqual(all.slice(0, 7));
    expect(second.body.pagination.total_count).toBe(25);
  });

  test('can be read twice by the same cursor, and by another manager of the organization', async () => {
    const { cursor } = (await manager.list({ limit: '5' })).body.pagination;
    const [once, again] = [await manager.list({ cursor }), await manager.list({ cursor })];
    expect(idsOf(once)).toEqual(idsOf(again));
    expect(once.body.pagination).toEqual(again.body.pagination);
  });

  test('show what matches throughout exactly once, while other keys come and go', async () => {
    const of = await api.createOrganization();
    const caller = callerOf(api, of.manager);
    const steady = await createKeys(of, 12);
    const doomed = await createKeys(of, 12);
    const late: string[] = [];
    const seen: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const response = await caller.list({ limit: '3', ...(cursor && { cursor }) });
      seen.push(...idsOf(response));
      ({ cursor } = response.body.pagination);
      late.push((await of.createKey()).id);
      // The one that the cursor points to, one that would come next, and one that is still far.
      for (const id of [seen.at(-1)!, doomed.at(-1 - seen.length), doomed[0]]) {
        if (id !== undefined && doomed.includes(id)) await caller.revoke(id);
      }
      // Renamings and rotations move nothing.
      const changed = steady[late.length % steady.length]!;
      await caller.update(changed, { name: `Renamed ${late.length}` });
      await caller.rotate(changed);
    }
    const shown = (id: string) => seen.filter((each) => each === id).length;
    expect([...steady, of.manager.id].map(shown)).toEqual(Array.from({ length: 13 }, () => 1));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => late.includes(id))).toEqual([]);
  });
});

describe('a cursor', () => {
  test('opens no page of another query', async () => {
    const of = organization.manager.id;
    const filters = [
      {},
      { status: 'active' },
      { status: 'expired' },
      { name: 'key' },
      { name: 'Key' },
      { created_by: of },
    ];
    for (const own of filters) {
      const { cursor } = (await manager.list({ ...own, limit: '2' })).body.pagination;
      if (cursor === null) continue; // nothing has expired
      expect((await manager.list({ ...own, cursor })).status).toBe(200);
      for (const other of filters.filter((filter) => filter !== own)) {
        expectInvalid(await manager.list({ ...other, cursor }), 'cursor');
      }
    }
  });

  test("opens no page of another organization's, although their queries are the same", async () => {
    const stranger = await api.createOrganization();
    await stranger.createKey();
    const { cursor } = (await callerOf(api, stranger.manager).list({ limit: '1' })).body.pagination;
    expectInvalid(await manager.list({ cursor }), 'cursor');
  });

  test('of which one character is another, is missing or is added is refused', async () => {
    const { cursor } = (await manager.list({ limit: '2' })).body.pagination as { cursor: string };
    const altered = [...cursor].map((character, index) => {
      const other = character === 'A' ? 'B' : 'A';
      return cursor.slice(0, index) + other + cursor.slice(index + 1);
    });
    for (const tampered of [...altered, cursor.slice(1), cursor.slice(0, -1), `${cursor}A`]) {
      expectInvalid(await manager.list({ cursor: tampered }), 'cursor');
    }
    expect((await manager.list({ cursor })).status).toBe(200);
  });
});
