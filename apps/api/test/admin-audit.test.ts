import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { clientOf, it, type Workbench } from './workbench.ts';

interface Created {
  readonly id: string;
  readonly api_key: { readonly id: string };
}

async function createOrganization(bench: Workbench, name: string): Promise<Created> {
  const { stdout } = await bench.admin('orgs', 'create', '--name', name, '--json');
  return JSON.parse(stdout) as Created;
}

/** The lines of a text that ends with one. */
const linesOf = (text: string) => text.split('\n').slice(0, -1);

describe.concurrent('audit verify', () => {
  it('says that all is well, for people and in JSON, and ends with 0', async ({ bench }) => {
    await createOrganization(bench, 'Acme');
    expect(await bench.admin('audit', 'verify')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'All is well: 2 events in 2 chains.\n',
    });
    const { code, stdout } = await bench.admin('audit', 'verify', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { object: 'audit_verification', valid: true, chains: 2, events: 2, anchors: 0, problems: [] },
    ]);
  });

  it('shows at a terminal how far it has come, and leaves nothing of that on the screen', async ({ bench }) => {
    await createOrganization(bench, 'Acme');
    const { code, stdout } = await bench.run({ args: ['admin', 'audit', 'verify'], terminal: true });
    expect(code).toBe(0);
    const wiped = '\r\u001b[K';
    expect(stdout).toBe(`${wiped}1 event…${wiped}All is well: 2 events in 2 chains.\r\n`);
  });

  it('finds a database that was put back to an older state, against the anchors of the newer one', async ({
    bench,
  }) => {
    const { id } = await createOrganization(bench, 'Acme');
    const [database, older] = [join(bench.dataDir, 'signa.db'), join(bench.folder, 'older.db')];
    copyFileSync(database, older);
    await bench.admin('keys', 'issue', '--org', id);
    const anchors = join(bench.folder, 'anchors');
    expect((await bench.admin('audit', 'export-anchors', '--out', anchors)).code).toBe(0);
    expect((await bench.admin('audit', 'verify', '--anchors', anchors)).code).toBe(0);

    copyFileSync(older, database);
    expect((await bench.admin('audit', 'verify')).code).toBe(0);
    const { code, stdout, stderr } = await bench.admin('audit', 'verify', '--anchors', anchors);
    expect(code).toBe(1);
    expect(linesOf(stdout)).toEqual([
      expect.stringMatching(new RegExp(`^${id} {2}2 {2}before_anchor {2}the end is missing`)),
    ]);
    expect(stderr).toBe('1 problem: 2 events in 2 chains, against 2 anchors.\n');

    const { code: again, stdout: json } = await bench.admin('audit', 'verify', '--anchors', anchors, '--json');
    expect(again).toBe(1);
    expect(JSON.parse(json)).toMatchObject({
      valid: false,
      problems: [
        { chain: id, first_sequence: 2, last_sequence: 2, fault: 'before_anchor', detail: expect.any(String) },
      ],
    });
  });

  it('finds the end of a chain that was cut off by somebody who wrote to the file', async ({ bench }) => {
    const { id } = await createOrganization(bench, 'Acme');
    const sql = `DROP TRIGGER audit_events_are_never_deleted; DELETE FROM audit_events WHERE chain = '${id}'`;
    const script = 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])';
    execFileSync('python3', ['-c', script, join(bench.dataDir, 'signa.db'), sql]);
    const { code, stdout, stderr } = await bench.admin('audit', 'verify');
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^${id} {2}1 {2}cut_off {2}.*\n$`));
    expect(stderr).toBe('1 problem: 1 event in 2 chains.\n');
  });

  it.for([
    ['a file that does not exist', null, /^The anchors cannot be read: ENOENT.*missing/],
    ['an empty file', '', /missing holds no anchors\.\n$/],
    ['a damaged file', '{"chain":"operator","sequence":1\n', /missing: Line 1 is not an anchor/],
    ['a file of something else', '{"chain":"operator","sequence":1,"hash":"x","exported_at":"y"}\n', /Line 1 is not/],
  ] as const)('refuses %s for anchors with a sentence', async ([, text, sentence], { bench }) => {
    await createOrganization(bench, 'Acme');
    const anchors = join(bench.folder, 'missing');
    if (text !== null) writeFileSync(anchors, text);
    const { code, stdout, stderr } = await bench.admin('audit', 'verify', '--anchors', anchors);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(sentence);
    expect(linesOf(stderr)).toHaveLength(1);
  });
});

describe.concurrent('audit export-anchors', () => {
  it('tells where each chain ends, one line for each, on standard output or in a new file', async ({ bench }) => {
    const { id } = await createOrganization(bench, 'Acme');
    const { stdout } = await bench.admin('audit', 'export-anchors');
    expect(linesOf(stdout).map((line) => JSON.parse(line))).toEqual(
      ['operator', id].map((chain) => ({
        chain,
        sequence: 1,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        exported_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      })),
    );

    const file = join(bench.folder, 'anchors');
    const written = await bench.admin('audit', 'export-anchors', '--out', file);
    expect(written).toEqual({ code: 0, stdout: '', stderr: `Wrote 2 anchors to ${file}.\n` });
    expect(linesOf(readFileSync(file, 'utf8'))).toHaveLength(2);

    const again = await bench.admin('audit', 'export-anchors', '--out', file);
    expect([again.code, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toMatch(/exists already, and is not overwritten/);

    const json = await bench.admin('audit', 'export-anchors', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ object: 'list', data: [{ chain: 'operator' }, { chain: id }] });
  });

  it('of several times can be joined in one file', async ({ bench }) => {
    const { id } = await createOrganization(bench, 'Acme');
    const first = (await bench.admin('audit', 'export-anchors')).stdout;
    await bench.admin('keys', 'issue', '--org', id);
    const second = (await bench.admin('audit', 'export-anchors')).stdout;
    const file = join(bench.folder, 'anchors');
    writeFileSync(file, `${first}\n${second}`);
    const { code, stderr } = await bench.admin('audit', 'verify', '--anchors', file);
    expect([code, stderr]).toEqual([0, 'All is well: 3 events in 2 chains, against 4 anchors.\n']);
  });
});

describe.concurrent('keys revoked', () => {
  it('lists what was revoked since a time, one line for each, or in JSON', async ({ bench }) => {
    const server = await bench.start();
    const client = clientOf(server, bench.firstKey);
    const before = new Date(Date.now() - 1000).toISOString();
    const { data: key } = await client.POST('/v1/organization/api-keys', {
      body: { name: 'Leaked', scopes: ['trademarks:read'] },
    });
    await client.DELETE('/v1/organization/api-keys/{id}', { params: { path: { id: key!.id } } });

    const { stdout } = await bench.admin('keys', 'revoked', '--since', before);
    expect(stdout).toMatch(new RegExp(`^${key!.id} {2}orgn_\\w+ {2}\\S+Z {2}${key!.prefix} {2}Leaked\n$`));
    expect(stdout).not.toContain(key!.key.slice(0, 9));
    const json = await bench.admin('keys', 'revoked', '--since', before, '--json');
    expect(JSON.parse(json.stdout)).toEqual({
      object: 'list',
      data: [
        {
          id: key!.id,
          object: 'api_key',
          org_id: expect.stringMatching(/^orgn_/),
          revoked_at: expect.any(String),
          name: 'Leaked',
          prefix: key!.prefix,
        },
      ],
    });

    const later = await bench.admin('keys', 'revoked', '--since', '2100-01-01T00:00:00+01:00');
    expect(later).toEqual({ code: 0, stdout: '', stderr: 'Nothing was revoked since 2099-12-31T23:00:00Z.\n' });
  });
});
