import { randomBytes } from 'node:crypto';
import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { createResourceServer, revokeResourceServer } from '../operator/resource-servers.ts';
import { revokeKeyAsOperator } from '../operator/revoke-key.ts';
import { verifyAudit } from '../operator/verify-audit.ts';
import { createKey, createOrganization, save } from '../storage/conformance/given.ts';
import { NOW, someDigest, someEvent } from '../storage/conformance/samples.ts';
import { backUpSqlite } from '../storage/sqlite/back-up.ts';
import { BackupError } from '../storage/sqlite/backup-error.ts';
import { openSqliteStore } from '../storage/sqlite/sqlite-store.ts';
import { temporaryFolder } from '../storage/sqlite/testing/temporary-folder.ts';
import { type Store, StoreOpenError } from '../storage/store.ts';
import { restoreSqlite, type RestoreOptions } from './restore-sqlite.ts';

const MODE = 0o777;

const needs = { clock: () => NOW, random: randomBytes };

/** A database, a backup of it, and what happened since. The store is closed. */
async function changedSinceBackup() {
  const folder = temporaryFolder();
  const file = join(folder, 'data', 'signa.db');
  const backup = join(folder, 'backup.db');
  const store = await openSqliteStore({ file });
  const organization = await createOrganization(store, 'Acme');
  const [kept, revoked, rotated] = [
    await createKey(store, organization, { name: 'Kept' }),
    await createKey(store, organization, { name: 'Revoked' }),
    await createKey(store, organization, { name: 'Rotated' }),
  ] as const;
  const wanted = { name: 'Gate', scopes: ['billing:read' as const] };
  const { resourceServer } = await createResourceServer({ ...needs, store }, wanted, async () => {});
  await backUpSqlite({ file, out: backup, clock: needs.clock });

  await revokeKeyAsOperator({ ...needs, store }, revoked.key.id);
  await revokeResourceServer({ ...needs, store }, resourceServer.id);
  expect(await save(store, organization, rotated.key, someDigest())).toBe('saved');
  await store.change(organization.id, (transaction) =>
    transaction.appendAudit(someEvent({ action: 'api_key.rotated', target: { type: 'api_key', id: rotated.key.id } })),
  );
  const later = await createKey(store, organization, { name: 'Later' });
  await store.close();
  return { folder, file, backup, organization, kept, revoked, rotated, later, server: resourceServer };
}

const restore = (given: Pick<RestoreOptions, 'file' | 'from'> & Partial<RestoreOptions>) =>
  restoreSqlite({ revocations: null, revokeRotated: false, ...needs, ...given });

async function opened<T>(file: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ file });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

describe('restoreSqlite', () => {
  it('brings back the keys of the backup but those revoked since, by the events of the database it replaces', async () => {
    const { file, backup, kept, revoked, rotated, later, server } = await changedSinceBackup();
    const told = await restore({ file, from: backup });
    expect(told).toEqual({
      replaced: expect.stringContaining(`${file}.replaced-`),
      audit: 'read',
      revoked: expect.arrayContaining([
        { object: 'api_key', id: revoked.key.id },
        { object: 'resource_server', id: server.id },
      ]),
      rotated: [rotated.key.id],
      updated: [],
    });
    expect(told.revoked).toHaveLength(2);
    for (const path of [file, told.replaced!]) expect(statSync(path).mode & MODE).toBe(0o600);

    await opened(file, async (store) => {
      expect(await store.findCredential(kept.digest)).toMatchObject({ apiKey: { revokedAt: null } });
      expect(await store.findCredential(revoked.digest)).toMatchObject({ apiKey: { revokedAt: NOW } });
      expect(await store.findCredential(rotated.digest), 'as is told').toMatchObject({ apiKey: { revokedAt: null } });
      expect(await store.findCredential(later.digest)).toBeNull();
      expect(await store.resourceServers.list()).toMatchObject([{ revokedAt: NOW }]);
      expect(await verifyAudit(store, [])).toMatchObject({ problems: [] });
    });
    await opened(told.replaced!, async (store) =>
      expect(await store.findCredential(later.digest), 'nothing of the database before is lost').not.toBeNull(),
    );
  });

  it('records each revocation as an operator’s', async () => {
    const { file, backup, organization, revoked } = await changedSinceBackup();
    await restore({ file, from: backup });
    await opened(file, async (store) => {
      const { rows } = await store.audit.readPortion(organization.id, { limit: 100 });
      const event: unknown = JSON.parse(Buffer.from(rows.at(-1)!.bytes).toString());
      expect(event).toMatchObject({
        action: 'api_key.revoked',
        actor: { type: 'operator' },
        target: { id: revoked.key.id },
      });
    });
  });

  it('can be given again, and forgets no revocation', async () => {
    const { file, backup, revoked } = await changedSinceBackup();
    await restore({ file, from: backup });
    const again = await restore({ file, from: backup, clock: () => NOW + 60 });
    expect(again.revoked).toHaveLength(2);
    await opened(file, async (store) =>
      expect(await store.findCredential(revoked.digest)).toMatchObject({ apiKey: { revokedAt: NOW + 60 } }),
    );
  });

  it('goes on after one that was killed before it exchanged the databases', async () => {
    const { file, backup, kept } = await changedSinceBackup();
    mkdirSync(`${file}.restoring-abcdef`);
    writeFileSync(join(`${file}.restoring-abcdef`, 'signa.db'), 'half of it');
    linkSync(file, `${file}.replaced-before`);
    const { replaced } = await restore({ file, from: backup });
    expect(
      readdirSync(join(file, '..'))
        .map((name) => join(file, '..', name))
        .toSorted(),
    ).toEqual([file, replaced]);
    await opened(file, async (store) => expect(await store.findCredential(kept.digest)).not.toBeNull());
  });

  it('revokes keys that were rotated since when it is told to', async () => {
    const { file, backup, rotated } = await changedSinceBackup();
    const told = await restore({ file, from: backup, revokeRotated: true });
    expect(told.rotated).toEqual([]);
    await opened(file, async (store) =>
      expect(await store.findCredential(rotated.digest)).toMatchObject({ apiKey: { revokedAt: NOW } }),
    );
  });

  it('takes revocations from elsewhere when the database is lost, and tells that there were no events', async () => {
    const { file, backup, revoked } = await changedSinceBackup();
    rmSync(join(file, '..'), { recursive: true });
    const revocations = [
      { object: 'api_key', id: revoked.key.id },
      { object: 'api_key', id: 'key_ofALaterTime0000' },
    ] as const;
    expect(await restore({ file, from: backup, revocations })).toEqual({
      replaced: null,
      audit: 'none',
      revoked: [revocations[0]],
      rotated: [],
      updated: [],
    });
  });

  it('replaces what is no database any more, and keeps it', async () => {
    const { file, backup, kept } = await changedSinceBackup();
    writeFileSync(file, 'scrambled'.repeat(1000));
    const { replaced, audit } = await restore({ file, from: backup });
    expect([audit, statSync(replaced!).size]).toEqual(['none', 9000]);
    await opened(file, async (store) => expect(await store.findCredential(kept.digest)).not.toBeNull());
  });

  it('refuses while somebody has the database open, however idle', async () => {
    const { file, backup, later } = await changedSinceBackup();
    await opened(file, async (store) => {
      await expect(restore({ file, from: backup })).rejects.toThrow(BackupError);
      expect(await store.findCredential(later.digest)).not.toBeNull();
    });
  });

  it('migrates a backup of an older schema', async () => {
    const { file, backup, kept } = await changedSinceBackup();
    changeFile(backup, 'DROP TABLE scope_uses; DROP TABLE scope_uses_began; PRAGMA user_version = 6');
    await restore({ file, from: backup });
    await opened(file, async (store) => expect(await store.scopeUses.read(kept.key)).toBeDefined());
  });

  it.each([
    ['from a newer version', 'PRAGMA user_version = 999', StoreOpenError],
    ['of another program', 'PRAGMA application_id = 1', StoreOpenError],
    ['with rows that refer to nothing', 'PRAGMA foreign_keys = off; DELETE FROM organizations', BackupError],
    ['whose audit events were changed', 'UPDATE organizations SET audit_length = audit_length + 1', BackupError],
  ])('refuses a backup %s, and changes nothing', async (_, sql, error) => {
    const { folder, file, backup, later } = await changedSinceBackup();
    const bad = join(folder, 'bad.db');
    copyFileSync(backup, bad);
    changeFile(bad, sql);
    await expect(restore({ file, from: bad })).rejects.toThrow(error);
    await expect(restore({ file, from: bad })).rejects.toThrow(bad);
    expect(readdirSync(join(file, '..'))).toEqual(['signa.db']);
    await opened(file, async (store) => expect(await store.findCredential(later.digest)).not.toBeNull());
  });

  it('refuses a backup that is missing, is no database, or is the database itself', async () => {
    const { folder, file } = await changedSinceBackup();
    const text = join(folder, 'text');
    writeFileSync(text, 'no database'.repeat(100));
    await expect(restore({ file, from: join(folder, 'missing') })).rejects.toThrow(BackupError);
    await expect(restore({ file, from: text })).rejects.toThrow(StoreOpenError);
    await expect(restore({ file, from: file })).rejects.toThrow(BackupError);
    expect(readdirSync(join(file, '..'))).toEqual(['signa.db']);
  });
});

function changeFile(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}
