import { expect, test } from 'vitest';
import { answer, apiKey } from '../test/answers.ts';
import { UnauthorizedError, createClient, paginate } from './index.ts';

const PATH = '/v1/organization/api-keys';

/** A client of a list of `count` keys, and the queries that it sends. */
function listOf(count: number) {
  const queries: string[] = [];
  const fetch = async ({ url }: Request) => {
    const { searchParams } = new URL(url);
    queries.push(searchParams.toString());
    const start = Number(searchParams.get('cursor') ?? 0);
    const end = start + Number(searchParams.get('limit') ?? 20);
    const data = Array.from({ length: count }, (_, index) => ({ id: `key_${index}` })).slice(start, end);
    const has_more = end < count;
    const body = { object: 'list', data, has_more, pagination: { cursor: has_more ? String(end) : null } };
    return Response.json({ ...body, request_id: 'req_1' });
  };
  return { client: createClient({ baseUrl: 'http://api.test', apiKey, fetch }), queries };
}

async function idsOf(items: AsyncIterable<{ id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of items) ids.push(id);
  return ids;
}

test('every item of every page comes once, under the same filters', async () => {
  const { client, queries } = listOf(5);
  expect(await idsOf(paginate(client, PATH, { query: { limit: 2, status: 'active' } }))).toEqual([
    'key_0',
    'key_1',
    'key_2',
    'key_3',
    'key_4',
  ]);
  expect(queries).toEqual([
    'limit=2&status=active',
    'limit=2&status=active&cursor=2',
    'limit=2&status=active&cursor=4',
  ]);
});

test('an empty list is one page and no item', async () => {
  const { client, queries } = listOf(0);
  expect(await idsOf(paginate(client, PATH))).toEqual([]);
  expect(queries).toHaveLength(1);
});

test('an empty page that is not the last is followed to what comes after it', async () => {
  const pages = [[], ['key_0'], [], ['key_1'], []];
  const fetch = async ({ url }: Request) => {
    const at = Number(new URL(url).searchParams.get('cursor') ?? 0);
    const has_more = at + 1 < pages.length;
    const pagination = { cursor: has_more ? String(at + 1) : null };
    const data = pages[at]!.map((id) => ({ id }));
    return Response.json({ object: 'list', data, has_more, pagination, request_id: 'req_1' });
  };
  const client = createClient({ baseUrl: 'http://api.test', apiKey, fetch });
  expect(await idsOf(paginate(client, PATH))).toEqual(['key_0', 'key_1']);
});

test('whoever leaves the loop asks for no further page', async () => {
  const { client, queries } = listOf(100);
  for await (const { id } of paginate(client, PATH, { query: { limit: 2 } })) if (id === 'key_2') break;
  expect(queries).toHaveLength(2);
});

test('a signal ends the iteration before the next item, with its reason', async () => {
  const { client } = listOf(100);
  const controller = new AbortController();
  const seen: string[] = [];
  const iterate = async () => {
    for await (const { id } of paginate(client, PATH, { signal: controller.signal })) {
      seen.push(id);
      controller.abort(new Error('enough'));
    }
  };
  await expect(iterate()).rejects.toThrow('enough');
  expect(seen).toEqual(['key_0']);
});

test('a signal ends the wait for a page at once, with its reason', async () => {
  const controller = new AbortController();
  const fetch = () => {
    controller.abort(new Error('enough'));
    return new Promise<Response>(() => {});
  };
  const client = createClient({ baseUrl: 'http://api.test', apiKey, fetch });
  await expect(idsOf(paginate(client, PATH, { signal: controller.signal }))).rejects.toThrow('enough');
});

test('an error of a later page reaches the loop, after the items before it', async () => {
  const { client } = listOf(4);
  client.use({
    onResponse: ({ request }) => (request.url.includes('cursor=2') ? answer('InvalidCredentials') : undefined),
  });
  const seen: string[] = [];
  const iterate = async () => {
    for await (const { id } of paginate(client, PATH, { query: { limit: 2 } })) seen.push(id);
  };
  await expect(iterate()).rejects.toThrow(UnauthorizedError);
  expect(seen).toEqual(['key_0', 'key_1']);
});
