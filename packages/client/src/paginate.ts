import type { paths } from '@signa/openapi';
import type { SignaClient } from './create-client.ts';
import { unwrap } from './unwrap.ts';

type Page<Item = unknown> = { data: Item[]; has_more: boolean; pagination: { cursor: string | null } };
type ListOperation<Item = unknown> = { get: { responses: { 200: { content: { 'application/json': Page<Item> } } } } };

type Get<Data> = (path: string, init: object) => Promise<{ data: Data; error?: never; response: Response }>;

/** A path whose GET answers with a list, a page at a time. */
export type ListPath = { [Path in keyof paths]: paths[Path] extends ListOperation ? Path : never }[keyof paths];

/** What the list at a path holds. */
export type ListItem<Path extends ListPath> = paths[Path] extends ListOperation<infer Item> ? Item : never;

/** The parameters of the list operation at a path, and a signal that ends the iteration. */
export type PaginateOptions<Path extends ListPath> = Pick<paths[Path]['get']['parameters'], 'query' | 'path'> & {
  signal?: AbortSignal | undefined;
};

/**
 * Iterates over all items of a list, from page to page. A page is asked for when the items before it are used up, so
 * leaving the loop early sends nothing more. An item that matches throughout comes exactly once, however many others come
 * and go. With `query.cursor` the iteration begins at that page.
 *
 * @throws what `unwrap` throws; the reason of `signal` before the next item, once it is aborted.
 */
export async function* paginate<Path extends ListPath>(
  client: SignaClient,
  path: Path,
  options?: PaginateOptions<Path>,
): AsyncGenerator<ListItem<Path>, void, undefined> {
  const { signal, ...params } = { ...options } as PaginateOptions<ListPath>;
  // TypeScript cannot follow GET while the path is a type parameter. ListPath has seen to it that the operation answers with
  // pages, and PaginateOptions that it takes these parameters.
  const get = client.GET as Get<Page<ListItem<Path>>>;
  let query: { cursor?: string | null } | undefined = params.query;
  do {
    const page = await unwrap(get(path, { params: { ...params, query }, signal }));
    for (const item of page.data) {
      signal?.throwIfAborted();
      yield item;
    }
    // Null when there are no more.
    query = { ...query, cursor: page.pagination.cursor };
  } while (query.cursor);
}
