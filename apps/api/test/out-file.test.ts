import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { clientOf, it, json } from './workbench.ts';

const CREATE_GATE = ['resource-servers', 'create', '--name', 'Gate', '--scope', 'trademarks:read'];

describe('a secret that an operator has put into a file with --out', () => {
  it('is in a new file that only its owner can read, and nowhere else', async ({ bench }) => {
    const server = await bench.start();
    const [first, second, third] = ['orgs', 'servers', 'keys'].map((name) => join(bench.folder, name)) as [
      string,
      string,
      string,
    ];
    const created = await bench.admin('orgs', 'create', '--name', 'Acme', '--out', first);
    const gate = await bench.admin(...CREATE_GATE, '--out', second);
    for (const [{ code, stdout, stderr }, file] of [
      [created, first],
      [gate, second],
    ] as const) {
      expect([code, stdout]).toEqual([0, '']);
      expect(stderr).toContain(` It is in ${file}, which only you can read.\n`);
      expect(stderr).not.toMatch(/sig(rs)?_/);
    }
    const org = /orgn_\w+/.exec(created.stderr)![0];
    const told = await json<object>(bench, 'keys', 'issue', '--org', org, '--out', third);
    expect(told).toMatchObject({ org_id: org, out: third });
    expect(told).not.toHaveProperty('key');

    for (const file of [first, second, third]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(second, 'utf8')).toMatch(/^sigrs_[0-9a-f]{52}\n$/);
    for (const file of [first, third]) {
      const [key, ...rest] = readFileSync(file, 'utf8').split('\n');
      expect(rest).toEqual(['']);
      expect((await clientOf(server, key!).GET('/v1/organization')).data).toMatchObject({ org_id: org });
    }
  });

  it('never goes over what is there, and then nothing was done', async ({ bench }) => {
    await bench.admin('orgs', 'create', '--name', 'Acme');
    const [taken, link] = [join(bench.folder, 'taken'), join(bench.folder, 'link')];
    writeFileSync(taken, 'precious');
    symlinkSync(join(bench.folder, 'elsewhere'), link);
    for (const file of [taken, link]) {
      expect(await bench.admin(...CREATE_GATE, '--out', file)).toEqual({
        code: 1,
        stdout: '',
        stderr: `${file} exists already, and is not overwritten. Nothing was done: name another file with --out.\n`,
      });
    }
    const nowhere = await bench.admin(...CREATE_GATE, '--out', join(bench.folder, 'no', 'where'));
    expect([nowhere.code, nowhere.stdout]).toEqual([1, '']);
    expect(nowhere.stderr).toMatch(/^The secret cannot be written to .*ENOENT.*Nothing was done\.\n$/);

    expect(readFileSync(taken, 'utf8')).toBe('precious');
    expect(existsSync(join(bench.folder, 'elsewhere'))).toBe(false);
    expect(await json(bench, 'resource-servers', 'list')).toEqual({ object: 'list', data: [] });
  });

  it('leaves no file behind when what it belongs to could not be made', async ({ bench }) => {
    const { stderr } = await bench.admin('orgs', 'create', '--name', 'Acme');
    const org = /orgn_\w+/.exec(stderr)![0];
    const file = join(bench.folder, 'key');
    const { code } = await bench.admin('keys', 'issue', '--org', org, '--name', 'First key', '--out', file);
    expect([code, existsSync(file)]).toEqual([1, false]);
  });
});
