import { chmod, copyFile, link, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Dependencies } from '../dependencies.ts';
import { formatTimestamp } from '../keys/timestamp.ts';
import type { Revocable } from '../operator/revocations-file.ts';
import { ResourceServerNotFoundError, revokeResourceServer } from '../operator/resource-servers.ts';
import { ApiKeyNotFoundError, revokeKeyAsOperator } from '../operator/revoke-key.ts';
import { verifyAudit } from '../operator/verify-audit.ts';
import { refuseDamaged } from '../storage/sqlite/back-up.ts';
import { BackupError, writeError } from '../storage/sqlite/backup-error.ts';
import { type Connection, openWriter } from '../storage/sqlite/connection.ts';
import { createFolder } from '../storage/sqlite/database-file.ts';
import { refuseForeignDatabase } from '../storage/sqlite/migrate.ts';
import { closeConnections, openConnections } from '../storage/sqlite/open-connections.ts';
import { errorCode, openError } from '../storage/sqlite/open-error.ts';
import { OpenedStore } from '../storage/sqlite/opened-store.ts';
import { syncFile } from '../storage/sqlite/sync-file.ts';
import { type Store, StoreOpenError } from '../storage/store.ts';
import { changesSince, type ChangesSince } from './changes-since.ts';
import { lockOut } from './lock-out.ts';

export interface RestoreOptions extends Pick<Dependencies, 'clock' | 'random'> {
  /** The database that is replaced. There may be none. */
  readonly file: string;
  /** The backup. It is left as it is. */
  readonly from: string;
  /** What else must be refused, as it was exported. Null when nothing was. */
  readonly revocations: readonly Revocable[] | null;
  /** Whether to revoke keys that were rotated since the backup, whose old secrets would work again. */
  readonly revokeRotated: boolean;
  readonly onProgress?: (what: string) => void;
}

export interface Restored {
  /** Where the database is now that was replaced. Null when there was none. */
  readonly replaced: string | null;
  /** What the backup took for active and is revoked again. */
  readonly revoked: readonly Revocable[];
  /** Keys whose secrets of the time of the backup work again although they were rotated since. */
  readonly rotated: readonly string[];
  /** Keys that have their scopes, expiry and name of the time of the backup again. */
  readonly updated: readonly string[];
  /** Whether the audit events of the replaced database told what was revoked: all of them, a part, or none. */
  readonly audit: 'read' | 'damaged' | 'none';
}

/**
 * Puts a backup in the place of a database, with every revocation that was made since as far as the audit events of that database and
 * `revocations` tell. All of it is made ready beside the database, which then is exchanged at once: a process that is killed at any time
 * leaves either the old or the new one, and the restore can be given again.
 *
 * @throws {BackupError} when a server runs on the database, or the backup is damaged or cannot be read
 * @throws {StoreOpenError} when one of the two is no database of this program's, or of a newer version
 */
export async function restoreSqlite(options: RestoreOptions): Promise<Restored> {
  const file = resolve(options.file);
  const from = resolve(options.from);
  const exists = await refuseSameFile(file, from);
  const locked = exists ? lockOut(file) : null;
  try {
    await removeLeftovers(file);
    return await exchange({ ...options, file, from }, locked, exists);
  } finally {
    locked?.close();
  }
}

async function exchange(options: RestoreOptions, locked: Connection | null, exists: boolean): Promise<Restored> {
  const { file, from, clock, onProgress = () => {} } = options;
  const folder = await makeFolder(file);
  try {
    const copied = join(folder, basename(file));
    onProgress('Copying the backup');
    await copyBackup(from, copied);
    onProgress('Checking every page');
    check(copied, from);
    const changes = await bringUpToDate(options, copied, locked);
    onProgress('Exchanging the databases');
    await syncFile(copied);
    const replaced = exists ? `${file}.replaced-${formatTimestamp(clock()).replaceAll(':', '')}` : null;
    await putInPlace(copied, file, replaced).catch((error: unknown) => {
      throw writeError(replaced ?? file, error);
    });
    return { ...changes, replaced };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder beside the database, and the data folder itself where there is none yet. */
async function makeFolder(file: string): Promise<string> {
  try {
    await createFolder(dirname(file));
    return await mkdtemp(`${file}.restoring-`);
  } catch (error) {
    throw writeError(file, error);
  }
}

/** @returns whether there is a database to replace */
async function refuseSameFile(file: string, from: string): Promise<boolean> {
  const [old, backup] = await Promise.all([stat(file).catch(() => null), stat(from).catch(() => null)]);
  if (old === null) return false;
  // To open it and close it again would drop every lock that this process takes on it.
  if (backup !== null && old.ino === backup.ino && old.dev === backup.dev) {
    throw new BackupError(`${from} is the database itself, and no backup of it. Nothing was done.`);
  }
  return true;
}

/** Takes away what a restore left that was killed: copies that were never in place, and second names of the database. */
async function removeLeftovers(file: string): Promise<void> {
  const current = await stat(file).catch(() => null);
  const names = await readdir(dirname(file)).catch(() => []);
  for (const path of names.map((name) => join(dirname(file), name))) {
    if (path.startsWith(`${file}.restoring-`)) await rm(path, { recursive: true, force: true });
    if (path.startsWith(`${file}.replaced-`) && current !== null) {
      const { ino, dev } = await stat(path);
      if (ino === current.ino && dev === current.dev) await rm(path);
    }
  }
}

async function copyBackup(from: string, copied: string): Promise<void> {
  const unfolded = await stat(`${from}-wal`).catch(() => null);
  if (unfolded !== null && unfolded.size > 0) {
    throw new BackupError(
      `${from} is not a backup but a database in use: beside it is a WAL. Nothing was done: make a backup with \`backup\`.`,
    );
  }
  try {
    await (await open(from)).close();
  } catch (error) {
    throw new BackupError(`The backup ${from} cannot be read (${errorCode(error)}). Nothing was done.`, {
      cause: error,
    });
  }
  try {
    await copyFile(from, copied);
    await chmod(copied, 0o600);
  } catch (error) {
    throw writeError(copied, error);
  }
}

function check(copied: string, from: string): void {
  try {
    const connection = openWriter(copied);
    try {
      refuseForeignDatabase(connection);
      if (connection.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined) {
        throw new BackupError(`${from} is empty, and no backup. Nothing was done.`);
      }
      refuseDamaged(connection, `The backup ${from}`);
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw ofBackup(openError(copied, error), copied, from);
  }
}

/** The operator knows the backup, not the copy of it. */
function ofBackup(error: StoreOpenError, copied: string, from: string): StoreOpenError {
  return new StoreOpenError(error.message.replaceAll(copied, from), { cause: error });
}

/** Migrates the copy, checks its audit chains, and revokes in it what was revoked since. */
async function bringUpToDate(
  options: RestoreOptions,
  copied: string,
  locked: Connection | null,
): Promise<Omit<Restored, 'replaced'>> {
  const { from, onProgress = () => {} } = options;
  const connections = await openConnections(copied).catch((error: unknown) => {
    throw ofBackup(openError(copied, error), copied, from);
  });
  let changes: ChangesSince | null;
  try {
    changes = locked === null ? null : changesSince(locked, connections.reader);
  } catch (error) {
    closeConnections(connections);
    throw error;
  }
  const store = new OpenedStore(connections);
  try {
    onProgress('Checking the audit chains');
    const { problems } = await verifyAudit(store, []);
    if (problems.length > 0) {
      throw new BackupError(
        `The audit events of ${from} were changed: ${problems[0]!.chain} has the fault "${problems[0]!.fault}". Nothing was done.`,
      );
    }
    const rotated = changes?.rotated ?? [];
    const unwanted = options.revokeRotated ? rotated.map((id) => ({ object: 'api_key', id }) as const) : [];
    const all = [...(changes?.revoked ?? []), ...(options.revocations ?? []), ...unwanted];
    onProgress('Revoking again what was revoked since');
    const revoked = await revokeAgain({ ...options, store }, all);
    const isActive = await activeKeys(store);
    return {
      revoked,
      rotated: await keep(rotated, isActive),
      updated: await keep(changes?.updated ?? [], isActive),
      audit: changes === null ? 'none' : changes.isComplete ? 'read' : 'damaged',
    };
  } finally {
    await store.close();
  }
}

/** @returns those that were active until now */
async function revokeAgain(
  needs: Pick<Dependencies, 'store' | 'clock' | 'random'>,
  all: readonly Revocable[],
): Promise<Revocable[]> {
  const revoked: Revocable[] = [];
  const servers = await needs.store.resourceServers.list();
  for (const { object, id } of all) {
    try {
      if (object === 'api_key') {
        const { apiKey } = await revokeKeyAsOperator(needs, id);
        if (apiKey.revokedAt === null) revoked.push({ object, id });
      } else {
        await revokeResourceServer(needs, id);
        if (servers.some((server) => server.id === id && server.revokedAt === null)) revoked.push({ object, id });
      }
    } catch (error) {
      // Created after the backup: it opens nothing now.
      if (!(error instanceof ApiKeyNotFoundError || error instanceof ResourceServerNotFoundError)) throw error;
    }
  }
  return revoked;
}

async function activeKeys(store: Store): Promise<(id: string) => Promise<boolean>> {
  const organizations = await store.listOrganizations();
  return async (id) => {
    for (const organization of organizations) {
      const key = await store.getApiKey(organization.id, id);
      if (key !== null) return key.revokedAt === null;
    }
    return false;
  };
}

async function keep(ids: readonly string[], isActive: (id: string) => Promise<boolean>): Promise<string[]> {
  const kept: string[] = [];
  for (const id of ids) if (await isActive(id)) kept.push(id);
  return kept;
}

/** The database never lacks its name: a server that starts just now must not find nothing, and begin a new one. */
async function putInPlace(copied: string, file: string, replaced: string | null): Promise<void> {
  if (replaced === null) {
    // Fails when a server has made one meanwhile.
    await link(copied, file);
  } else {
    await chmod(file, 0o600);
    await link(file, replaced);
    // There are such only beside one that SQLite cannot read. They must not be taken for the new one's.
    for (const suffix of ['-wal', '-shm', '-journal']) {
      await rename(`${file}${suffix}`, `${replaced}${suffix}`).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      });
    }
    await rename(copied, file);
  }
  await syncFile(dirname(file));
}
