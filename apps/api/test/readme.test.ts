import { join } from 'node:path';
import { runSample } from '@signa/scripts/run-sample.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Background, type Block, blocksOf, commandOf, fillIn, Ports, ROOT, Shell } from './readme.ts';
import { hasCurl, type Server, Workbench } from './workbench.ts';

/**
 * README's tour as its reader takes it, in one shell and in its order. A block that is added there is run here without a change:
 *
 * - `127.0.0.1:` with a port of README's table of variables becomes a port of this test.
 * - `key_…` becomes the latest value that was printed and begins like this; so does any other beginning.
 * - `npm run NAME` is what package.json says. Where a comment beside it begins with an address, it is a server, which runs until
 *   the end.
 * - A command that fails, or whose request is answered with an error, fails the test.
 */
const tour = blocksOf('A tour of five minutes');

/** What is looked at of the answers. */
interface Answer {
  readonly id: string;
  readonly key: string;
  readonly data?: readonly { readonly name: string }[];
  readonly previous_secret_expires_at?: string;
}

describe('a tour that cannot be taken says why', () => {
  test.each(['KEY_ID=key_…', 'export SECRET=sigrs_…', 'echo …'])('%s, when nothing has printed it', (source) => {
    expect(() => fillIn(source, ['sig_a1b2', 'key_short', 'orgn_0123456789abcdef'])).toThrow('README.md leaves');
  });

  test('a port that no variable has', async () => {
    await expect(new Ports('http://127.0.0.1:1').replaceIn('curl http://127.0.0.1:9/')).rejects.toThrow(
      'Port 9 is not',
    );
  });

  test('a script that package.json does not have', () => {
    expect(() => commandOf('nothing')).toThrow('no script nothing');
  });

  test('a command that fails, with what it said', async () => {
    await expect(new Shell('/', {}).run('echo out; echo err >&2; false; echo on')).rejects.toThrow(/out\nerr\n$/);
  });
});

describe.skipIf(!hasCurl)("README's tour (skipped without curl)", { timeout: 60_000 }, () => {
  const bench = new Workbench();
  const servers: Background[] = [];
  /** What each block has printed. */
  const printed = new Map<string, string>();
  let api: Server;
  let ports: Ports;
  let shell: Shell;

  beforeAll(async () => {
    api = await bench.start();
    printed.set('npm start', bench.firstKey);
    ports = new Ports(api.url);
    shell = new Shell(bench.folder, { DATA_DIR: bench.dataDir });
    await shell.run(`curl() { command curl --silent --show-error --fail-with-body --write-out '\\n' "$@"; }`);
  });

  afterAll(async () => {
    await bench.close();
    await Promise.all(servers.map((server) => server.stop()));
    await shell.close();
  });

  test.each(tour.map((block) => [block.title, block] as const))('%s', (_, block) => expectToRun(block));

  async function expectToRun({ language, source }: Block): Promise<void> {
    const lines = [...printed.values()].join('\n').split('\n');
    const text = await ports.replaceIn(fillIn(source, lines));
    const env = Object.fromEntries((await shell.run('env')).split('\n').map((line) => line.split(/=(.*)/, 2)));
    printed.set(source, await (language === 'ts' ? runSample(text, join(ROOT, 'apps/api'), env) : runInShell(text)));
  }

  async function runInShell(text: string): Promise<string> {
    const server = /^npm run (\w+) +# (http:[^\s,]+).*$/gm;
    for (const [, name, url] of text.matchAll(server)) {
      servers.push(await Background.start(commandOf(name!), ports.env, url!));
    }
    const others = text.replaceAll(server, '');
    return shell.run(others.replaceAll(/npm run (?:--silent )?(\w+) --/g, (_, name: string) => commandOf(name)));
  }

  /** What the block that holds this text has printed. */
  function printedBy(part: string): string {
    return [...printed].find(([source]) => source.includes(part))![1];
  }

  function answersTo(part: string): Answer[] {
    const lines = printedBy(part).split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Answer);
  }

  const statusOf = async (key: string) =>
    (await fetch(`${api.url}/v1/organization`, { headers: { Authorization: `Bearer ${key}` } })).status;

  test('says who you are', () => {
    expect(answersTo('export SIGNA_API_KEY')).toMatchObject([
      { object: 'identity', org_name: 'My organization', api_key: { name: 'First key' } },
    ]);
  });

  test('shows each secret in one answer only', () => {
    const secrets = [...printed.values()].join('\n').match(/sig_[0-9a-f]{52}/g)!;
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  test('lists the keys, lets both secrets work for an hour, and revokes them', async () => {
    const [created] = answersTo('Analytics Dashboard');
    const answers = answersTo('/rotate');
    const names = answers.flatMap(({ data }) => data ?? []).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Analytics Dashboard', 'First key']));
    const rotated = answers.find((answer) => answer.previous_secret_expires_at !== undefined);
    const grace = (Date.parse(rotated!.previous_secret_expires_at!) - Date.now()) / 1_000;
    expect(grace).toBeGreaterThan(3_500);
    expect(grace).toBeLessThanOrEqual(3_600);
    expect(answers).toContainEqual(expect.objectContaining({ id: created!.id, deleted: true }));
    expect([await statusOf(created!.key), await statusOf(rotated!.key)]).toEqual([401, 401]);
  });

  test('has the client list the key that it creates', () => {
    expect(printedBy('createClient')).toContain('Import active\n');
  });

  test('has a mock that answers what it is asked for, and docs, by themselves and beside the API', async () => {
    const mock = `http://127.0.0.1:${ports.env['MOCK_PORT']}/v1/organization/api-keys`;
    const headers = { Authorization: 'Bearer any', 'Content-Type': 'application/json', Prefer: 'code=409' };
    const body = JSON.stringify({ name: 'Any', scopes: ['billing:read'] });
    expect((await fetch(mock, { method: 'POST', headers, body })).status).toBe(409);
    for (const page of [`http://127.0.0.1:${ports.env['DOCS_PORT']}/`, `${api.url}/docs`]) {
      expect(await (await fetch(page)).text()).toContain('Organization API');
    }
  });

  test('has an operator create an organization with a first key, and issue another that works', async () => {
    const keys = printedBy('orgs create').match(/sig_[0-9a-f]{52}/g)!;
    expect(keys).toHaveLength(2);
    expect(await Promise.all(keys.map(statusOf))).toEqual([200, 200]);
  });
});
