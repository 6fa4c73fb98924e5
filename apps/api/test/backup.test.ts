import { closeSync, existsSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect } from 'vitest';
import { clientOf, it, json, type Server, type Workbench } from './workbench.ts';

interface BackedUp {
  readonly out: string;
  readonly taken_at: string;
  readonly bytes: number;
}

describe.concurrent('backup', () => {
  it('has every key that was acknowledged before it began, while the server writes on', async ({ bench }) => {
    const server = await bench.start();
    const acknowledged: string[] = [];
    let isDone = false;
    const writing = writeKeys(server, bench, acknowledged, () => isDone);
    while (acknowledged.length < 20) await sleep(5);

    const before = [...acknowledged];
    const out = join(bench.folder, 'backup.db');
    const told = await json<BackedUp>(bench, 'backup', '--out', out);
    isDone = true;
    await writing;
    expect(told).toEqual({
      object: 'backup',
      out,
      taken_at: expect.stringMatching(/Z$/),
      bytes: statSync(out).size,
    });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(readdirSync(bench.folder).toSorted()).toEqual(['backup.db', 'data']);

    const copied = new Database(out, { readonly: true });
    const names = copied.prepare('SELECT name FROM api_keys').pluck().all();
    expect(copied.pragma('integrity_check', { simple: true })).toBe('ok');
    copied.close();
    expect(names).toEqual(expect.arrayContaining(before));
    expect(readdirSync(bench.folder), 'it is one file, also when it was read').toHaveLength(2);
  });

  it('never overwrites, and leaves nothing where it cannot be written', async ({ bench }) => {
    await bench.admin('orgs', 'create', '--name', 'Acme');
    const taken = join(bench.folder, 'taken');
    writeFileSync(taken, 'precious');
    expect(await bench.admin('backup', '--out', taken)).toMatchObject({ code: 1, stdout: '' });
    expect(statSync(taken).size).toBe(8);

    const nowhere = await bench.admin('backup', '--out', join(bench.folder, 'no', 'where'));
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/^\S+ cannot be written, because .*\n$/)]);
    expect(readdirSync(bench.folder).toSorted()).toEqual(['data', 'taken']);
  });

  it('of a damaged database is none', async ({ bench }) => {
    await bench.admin('orgs', 'create', '--name', 'Acme');
    damageIndex(join(bench.dataDir, 'signa.db'));
    const out = join(bench.folder, 'backup.db');
    const { code, stderr } = await bench.admin('backup', '--out', out);
    expect([code, existsSync(out)]).toEqual([1, false]);
    expect(stderr).toMatch(/damaged/);
  });

  it('of PostgreSQL is made by its own tools, and says so', async ({ bench }) => {
    const out = join(bench.folder, 'backup.db');
    const DATABASE_URL = 'postgres://signa:sesame@127.0.0.1:1/signa';
    const { code, stderr } = await bench.run({ args: ['admin', 'backup', '--out', out], env: { DATABASE_URL } });
    expect([code, existsSync(out)]).toEqual([1, false]);
    expect(stderr).toMatch(/^DATABASE_URL is set, .*pg_dump.*\n$/);
    expect(stderr).not.toContain('sesame');
  });

  it('of nothing is refused', async ({ bench }) => {
    const { code } = await bench.admin('backup', '--out', join(bench.folder, 'backup.db'));
    expect([code, readdirSync(bench.folder)]).toEqual([1, []]);
  });
});

/** Creates keys one after the other and notes the names of those that were acknowledged. */
async function writeKeys(server: Server, bench: Workbench, acknowledged: string[], isDone: () => boolean) {
  const client = clientOf(server, bench.firstKey);
  for (let i = 0; !isDone(); i += 1) {
    const name = `Key ${i}`;
    const { response } = await client.POST('/v1/organization/api-keys', { body: { name, scopes: ['billing:read'] } });
    if (response.status === 201) acknowledged.push(name);
    else await sleep(50);
  }
}

/** Overwrites what an index that no start reads has in the file. */
function damageIndex(file: string): void {
  const database = new Database(file);
  const page = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'audit_events_target'").pluck().get();
  const size = database.pragma('page_size', { simple: true });
  database.close();
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(200, 0xff), 0, 200, (Number(page) - 1) * Number(size) + 8);
  closeSync(handle);
}
