import { join } from 'node:path';
import { runSample } from '@signa/scripts/run-sample.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Block,
  blocksOf,
  commandOf,
  commandsOf,
  fillIn,
  freePorts,
  movePorts,
  type Port,
  ROOT,
  Shell,
} from './readme.ts';
import { clientOf, hasCurl, type Server, Workbench } from './workbench.ts';

/**
 * README's tour as its reader takes it, in one shell and in its order. A block that is added there is run here without a change:
 *
 * - `127.0.0.1:` with a port of README's table of variables becomes a port of this test.
 * - `key_…` becomes the latest value that was printed and begins like this; so does any other beginning.
 * - `npm run NAME` is what package.json says. Where the table says that it listens, it is a server, which runs until the end.
 * - A command that fails, or whose request is answered with an error, fails the test.
 */
const tour = blocksOf('A tour of five minutes');

/** What is looked at of the answers. */
interface Answer {
  readonly id: string;
  readonly key: string;
  readonly data?: readonly { readonly name: string; readonly action: string; readonly operation_id: string }[];
  readonly previous_secret_expires_at?: string;
}

describe('a tour that cannot be taken says why', () => {
  test.each(['KEY_ID=key_…', 'export SECRET=sigrs_…', 'echo …'])('%s, when nothing has printed it', (source) => {
    expect(() => fillIn(source, ['sig_a1b2', 'key_short', 'orgn_0123456789abcdef'])).toThrow('README.md leaves');
  });

  test('a port that no variable has', async () => {
    const ports = await freePorts();
    expect(() => movePorts('curl http://127.0.0.1:9/', ports)).toThrow('Port 9 is not');
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
  /** What each block has printed. */
  const printed = new Map<string, string>();
  let api: Server;
  let ports: Port[];
  let shell: Shell;

  beforeAll(async () => {
    ports = await freePorts();
    const env = Object.fromEntries(ports.map(({ variable, free }) => [variable, free]));
    api = await bench.start({ env });
    printed.set('npm start', bench.firstKey);
    shell = new Shell(bench.folder, { ...env, SIGNA_BASE_URL: api.url });
    await shell.run(`curl() { command curl --silent --show-error --fail-with-body --write-out '\\n' "$@"; }`);
  });

  afterAll(async () => {
    await bench.close();
    await shell.close();
  });

  test.each(tour.map((block) => [block.title, block] as const))('%s', (_, block) => expectToRun(block));

  async function expectToRun(block: Block): Promise<void> {
    if (block.language === 'ts') {
      const env = Object.fromEntries((await shell.run('env')).split('\n').map((line) => line.split(/=(.*)/, 2)));
      printed.set(block.source, await runSample(forThisReader(block.source), join(ROOT, 'apps/api'), env));
    } else {
      for (const command of commandsOf(block)) {
        printed.set(block.source, (printed.get(block.source) ?? '') + (await runInShell(forThisReader(command))));
      }
    }
  }

  function forThisReader(source: string): string {
    return movePorts(fillIn(source, [...printed.values()].join('\n').split('\n')), ports);
  }

  async function runInShell(command: string): Promise<string> {
    const script = /npm run (?:--silent )?(\w+)(?: --)?/;
    const [, name] = script.exec(command) ?? [];
    const direct = command.replace(script, () => commandOf(name!));
    const server = ports.find((port) => port.script !== undefined && port.script === name);
    if (server === undefined) return shell.run(direct);
    await shell.serve(direct.replace(/ #.*/, ''), addressOf(server));
    return '';
  }

  /** What the block that holds this text has printed. */
  function printedBy(part: string): string {
    return [...printed].find(([source]) => source.includes(part))![1];
  }

  function answersTo(part: string): Answer[] {
    const lines = printedBy(part).split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Answer);
  }

  const portOf = (script: string) => ports.find((port) => port.script === script)!;
  const addressOf = ({ free }: Port) => `http://127.0.0.1:${free}`;

  const statusOf = async (key: string, url = `${api.url}/v1/organization`) =>
    (await fetch(url, { headers: { Authorization: `Bearer ${key}` } })).status;

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

  test('tells who did what to the key, and what it was used for', () => {
    const [events, usage] = answersTo('/audit-events');
    expect(events!.data!.map(({ action }) => action)).toEqual([
      'api_key.revoked',
      'api_key.rotated',
      'api_key.created',
    ]);
    expect(usage).toMatchObject({ object: 'scope_usage', api_key_id: answersTo('Analytics Dashboard')[0]!.id });
  });

  test('has the requests in the logs within a few seconds', async () => {
    expect(answersTo('/logs')).toMatchObject([{ object: 'list' }, { object: 'usage_summary' }]);
    const options = { headers: { Authorization: `Bearer ${bench.firstKey}` } };
    const logged = async () => {
      const { data } = (await (await fetch(`${api.url}/v1/organization/logs?limit=100`, options)).json()) as Answer;
      return data!.map((row) => row.operation_id);
    };
    const used = ['getOrganization', 'createApiKey', 'introspectToken', 'listRequestLogs', 'getUsageSummary'];
    await expect.poll(logged, { timeout: 10_000 }).toEqual(expect.arrayContaining(used));
  });

  test('exports anchors that the chains are then held against, and lists what was revoked', () => {
    const { id } = answersTo('Analytics Dashboard')[0]!;
    expect(printedBy('audit verify')).toMatch(/^All is well: \d+ events in \d+ chains, against \d+ anchors\.$/m);
    expect(printedBy('keys revoked')).toMatch(new RegExp(`^${id} `, 'm'));
  });

  test('has the client list the key that it creates', () => {
    expect(printedBy('createClient')).toContain('Import active\n');
  });

  test('has a mock that answers what it is asked for, and docs, by themselves and beside the API', async () => {
    const mock = `${addressOf(portOf('mock'))}/v1/organization/api-keys`;
    const headers = { Authorization: 'Bearer any', 'Content-Type': 'application/json', Prefer: 'code=409' };
    const body = JSON.stringify({ name: 'Any', scopes: ['billing:read'] });
    expect((await fetch(mock, { method: 'POST', headers, body })).status).toBe(409);
    for (const page of [addressOf(portOf('docs')), `${api.url}/docs`]) {
      expect(await (await fetch(page)).text()).toContain('Organization API');
    }
  });

  test('lets a key in, but not one that is revoked or lacks the scope', async () => {
    expect(printedBy('/trademarks?q=')).toContain('"mark":"Lumora"');
    expect(answersTo('/v1/oauth/introspect')).toMatchObject([{ active: true, scope: 'trademarks:read' }]);
    const [revoked] = answersTo('Analytics Dashboard');
    const { data: other } = await clientOf(api, bench.firstKey).POST('/v1/organization/api-keys', {
      body: { name: 'Without the scope', scopes: ['billing:read'] },
    });
    const search = `${addressOf(portOf('example'))}/trademarks?q=lumor`;
    expect([await statusOf(revoked!.key, search), await statusOf(other!.key, search)]).toEqual([401, 403]);
  });

  test('has an operator create an organization with a first key that works, issue another and revoke it', async () => {
    const keys = printedBy('orgs create').match(/sig_[0-9a-f]{52}/g)!;
    expect(keys).toHaveLength(2);
    expect(await Promise.all(keys.map((key) => statusOf(key)))).toEqual([200, 401]);
  });
});
