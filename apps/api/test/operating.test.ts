import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runSample } from '@signa/scripts/run-sample.ts';
import { createClient, unwrap } from '@signa/client';
import { describe, expect, test } from 'vitest';
import { ConfigurationError, readConfiguration } from '../src/configuration.ts';
import { it } from './workbench.ts';

const docs = new URL('../../../docs/', import.meta.url);
const guide = readFileSync(new URL('operating.md', docs), 'utf8');

/** The table of variables. */
const rows = [...guide.matchAll(/^\| `([A-Z_]+)` +\|(.*?)\|(.*?)\|.*\|$/gm)].map(([, name, fallback, allowed]) => ({
  name: name!,
  fallback: fallback!.replaceAll('`', '').trim(),
  allowed: allowed!.replaceAll('`', '').trim(),
}));

test('the guide lists the variables that the service reads, and no others', () => {
  const read = new Set<string>();
  readConfiguration(new Proxy({}, { get: (_none, name) => void read.add(String(name)) }));
  expect(rows.map(({ name }) => name).toSorted()).toEqual([...read].toSorted());
});

describe.each(rows)('$name in the guide', ({ name, fallback, allowed }) => {
  test('has the default that it says', () => {
    expect(readConfiguration({ [name]: fallback })).toEqual(readConfiguration({}));
  });

  test('takes what it says', () => {
    try {
      readConfiguration({ [name]: '~' });
      // Whatever is a path, and NODE_ENV, which is everybody's.
      expect(allowed).toMatch(/^(the path of a folder|anything)$/);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      expect((error as ConfigurationError).problems).toEqual([expect.stringContaining(allowed)]);
    }
  });
});

test('the guide links to what is there', () => {
  const targets = [...guide.matchAll(/\]\(([^)#]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^https?:/.test(target));
  expect(targets.length).toBeGreaterThan(4);
  for (const target of targets) expect(existsSync(fileURLToPath(new URL(target, docs))), target).toBe(true);
});

it('revokes by the sample of the guide a stolen key and all that came of it, and shows what they did', async ({
  bench,
}) => {
  const server = await bench.start();
  const [, sample] = /```ts\n(.*?)```/s.exec(guide)!;
  const made = async (apiKey: string, name: string) => {
    const signa = createClient({ baseUrl: server.url, apiKey });
    return unwrap(
      signa.POST('/v1/organization/api-keys', { body: { name, scopes: ['api-keys:manage', 'trademarks:read'] } }),
    );
  };
  const stolen = await made(bench.firstKey, 'Stolen');
  const child = await made(stolen.key, 'Child');
  const grandchild = await made(child.key, 'Grandchild');
  const innocent = await made(bench.firstKey, 'Innocent');
  const first = createClient({ baseUrl: server.url, apiKey: bench.firstKey });
  await unwrap(first.DELETE('/v1/organization/api-keys/{id}', { params: { path: { id: child.id } } }));

  const output = await runSample(
    sample!.replace('http://127.0.0.1:3000', server.url),
    new URL('../', import.meta.url),
    { SIGNA_API_KEY: bench.firstKey, STOLEN_KEY_ID: stolen.id },
  );
  expect(output).toContain(`api_key.created ${child.id}\n`);
  expect(output).toContain(`api_key.created ${grandchild.id}\n`);
  const keys = await unwrap(first.GET('/v1/organization/api-keys'));
  expect(keys.data.map(({ id }) => id)).toContain(innocent.id);
  for (const { id } of [stolen, child, grandchild]) expect(keys.data.map((key) => key.id)).not.toContain(id);
});
