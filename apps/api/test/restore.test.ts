import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { clientOf, it, json, type Workbench } from './workbench.ts';

interface Restored {
  readonly replaced: string | null;
  readonly audit_of_replaced: string;
  readonly revoked: readonly { readonly object: string; readonly id: string }[];
  readonly rotated_since: readonly string[];
  readonly updated_since: readonly string[];
}

interface Created {
  readonly id: string;
  readonly key: string;
}

const statusOf = async (server: { readonly url: string }, key: string) =>
  (await clientOf(server, key).GET('/v1/organization')).response.status;

/** A data folder with keys, a backup of it, and what happened to the keys since. */
async function changedSinceBackup(bench: Workbench) {
  const server = await bench.start();
  const client = clientOf(server, bench.firstKey);
  const create = async (name: string): Promise<Created> =>
    (await client.POST('/v1/organization/api-keys', { body: { name, scopes: ['billing:read'] } })).data!;
  const [kept, revoked, rotated, updated] = [
    await create('Kept'),
    await create('Revoked'),
    await create('Rotated'),
    await create('Updated'),
  ] as const;
  const gate = await json<Created>(bench, 'resource-servers', 'create', '--name', 'Gate', '--scope', 'billing:read');
  const backup = join(bench.folder, 'backup.db');
  await json(bench, 'backup', '--out', backup);

  const path = (id: string) => ({ params: { path: { id: id } } });
  await client.DELETE('/v1/organization/api-keys/{id}', path(revoked.id));
  await client.POST('/v1/organization/api-keys/{id}/rotate', {
    ...path(rotated.id),
    body: { grace_period_seconds: 0 },
  });
  await client.PATCH('/v1/organization/api-keys/{id}', { ...path(updated.id), body: { name: 'Renamed' } });
  const later = await create('Later');
  await json(bench, 'resource-servers', 'revoke', '--id', gate.id);
  server.kill('SIGTERM');
  await server.exited;
  return { backup, kept, revoked, rotated, updated, later, gate };
}

describe.concurrent('restore', () => {
  it('brings back every key of the backup but those that were revoked since, and tells which', async ({ bench }) => {
    const { backup, kept, revoked, rotated, updated, later, gate } = await changedSinceBackup(bench);
    const told = await json<Restored>(bench, 'restore', '--from', backup);
    expect(told).toEqual({
      object: 'restored',
      from: backup,
      replaced: expect.stringContaining(join(bench.dataDir, 'signa.db.replaced-')),
      audit_of_replaced: 'read',
      revoked: expect.arrayContaining([
        { object: 'api_key', id: revoked.id },
        { object: 'resource_server', id: gate.id },
      ]),
      rotated_since: [rotated.id],
      updated_since: [updated.id],
    });
    expect(told.revoked).toHaveLength(2);
    expect(statSync(told.replaced!).mode & 0o777).toBe(0o600);
    expect(statSync(join(bench.dataDir, 'signa.db')).mode & 0o777).toBe(0o600);
    expect(readdirSync(bench.dataDir)).toHaveLength(3); // with the first key

    const server = await bench.start();
    expect(await statusOf(server, bench.firstKey)).toBe(200);
    expect(await statusOf(server, kept.key)).toBe(200);
    expect(await statusOf(server, revoked.key)).toBe(401);
    expect(await statusOf(server, rotated.key), 'as it is warned').toBe(200);
    expect(await statusOf(server, later.key)).toBe(401);
    expect(await json(bench, 'audit', 'verify')).toMatchObject({ problems: [] });
    const { data } = await clientOf(server, bench.firstKey).GET('/v1/organization/audit-events');
    expect(data!.data[0]).toMatchObject({
      action: 'api_key.revoked',
      actor: { type: 'operator' },
      target: { id: revoked.id },
    });
  });

  it('takes the revocations from an exported file when the database is lost', async ({ bench }) => {
    const { backup, kept, revoked, gate } = await changedSinceBackup(bench);
    const exported = await bench.admin('keys', 'revoked', '--since', '2020-01-01T00:00:00Z', '--json');
    const file = join(bench.folder, 'revoked.json');
    writeFileSync(file, exported.stdout);
    rmSync(bench.dataDir, { recursive: true });
    mkdirSync(bench.dataDir);
    const told = await json<Restored>(bench, 'restore', '--from', backup, '--revocations', file);
    expect(told).toMatchObject({ replaced: null, audit_of_replaced: 'none' });
    expect(told.revoked.map(({ id }) => id).toSorted()).toEqual([revoked.id, gate.id].toSorted());
    const server = await bench.start();
    expect([await statusOf(server, kept.key), await statusOf(server, revoked.key)]).toEqual([200, 401]);
  });

  it('warns plainly when nothing tells what was revoked', async ({ bench }) => {
    const { backup } = await changedSinceBackup(bench);
    writeFileSync(join(bench.dataDir, 'signa.db'), 'scrambled'.repeat(1000));
    const { code, stderr } = await bench.admin('restore', '--from', backup);
    expect([code, stderr]).toEqual([0, expect.stringContaining('WARNING: nothing tells what was revoked')]);
    expect((await bench.start()).url).toBeTruthy();
  });

  it('refuses while a server runs on the database, however idle', async ({ bench }) => {
    const { backup, revoked } = await changedSinceBackup(bench);
    const server = await bench.start();
    const { code, stderr } = await bench.admin('restore', '--from', backup);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^A server or a command has the database .* open\./)]);
    expect(await statusOf(server, bench.firstKey)).toBe(200);
    expect(await statusOf(server, revoked.key)).toBe(401);
  });
});
