import { paginate } from '@signa/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { someRequest } from '../storage/conformance/samples.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';

const ROWS = 100_000;
const PORTION = 1_000;

let api: TestApi;
let organization: TestOrganization;
beforeAll(async () => {
  api = await startApi({ validateResponses: false });
  organization = await api.createOrganization();
});
afterAll(() => api.close());

/** Adds rows that arrived at some seconds before now, one after the other. */
async function add(count: number, secondsAgo: (n: number) => number): Promise<string[]> {
  const of = { id: organization.id };
  const rows = Array.from({ length: count }, (_, n) =>
    someRequest(of, { occurredAt: api.clock() - secondsAgo(n), apiKeyId: organization.manager.id }),
  );
  for (let at = 0; at < count; at += PORTION) await api.store.requestLogs.append(rows.slice(at, at + PORTION), []);
  return rows.map(({ requestId }) => requestId);
}

test('100,000 rows are read page by page, each once, while others are added; the last page costs what the first does', async () => {
  // Two rows a second for most of a day, but a third of all within one second.
  const ids = await add(ROWS, (n) => (n < ROWS / 3 ? 80_000 : Math.floor((ROWS - n) / 2)));

  const seen = new Map<string, number>();
  const pages: number[] = [];
  let start = performance.now();
  let read = 0;
  for await (const { request_id: id } of paginate(api.client(organization.manager.key), '/v1/organization/logs', {
    query: { limit: 100 },
  })) {
    seen.set(id, (seen.get(id) ?? 0) + 1);
    read += 1;
    if (read % 100 !== 0) continue;
    pages.push(performance.now() - start);
    // New ones, late ones from just before and just behind where the reader is, and the requests of the reader itself.
    const here = Math.floor((ROWS - read) / 2);
    if (read % 5_000 === 0) await add(3, (n) => [0, here - 1, here + 1][n]!);
    start = performance.now();
  }

  expect(ids.filter((id) => seen.get(id) !== 1)).toEqual([]);
  expect([...seen.values()].filter((times) => times > 1)).toEqual([]);
  const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
  const [first, last] = [median(pages.slice(0, 100)), median(pages.slice(-100))];
  // How SQLite finds a page is asserted in request-logs.test.ts; a busy machine would fail a bound on time for no reason.
  process.stdout.write(
    `A page of 100: ${first.toFixed(1)} ms among the first, ${last.toFixed(1)} ms among the last 100 of ${pages.length}.\n`,
  );
}, 120_000);
