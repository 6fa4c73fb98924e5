import { StoreOpenError } from '../store.ts';
import type { Connection } from './connection.ts';
import { MIGRATIONS } from './migrations/index.ts';

const APPLICATION_ID = 0x7369676e;

/**
 * Brings the database to the schema that this program works with. Each step is a transaction of its own that also
 * counts the schema's version up, so that a process killed half-way leaves whole steps behind and the next start goes
 * on from there.
 *
 * Safe while another process does the same. Throws SQLITE_BUSY when that one holds the lock; call it again.
 *
 * @throws {StoreOpenError} when the schema is newer than `migrations`
 */
export function migrate(connection: Connection, migrations: readonly string[] = MIGRATIONS): void {
  const takeNextStep = connection.transaction(() => {
    // Read again under the lock: another process may have taken this step meanwhile.
    const version = schemaVersion(connection);
    const step = migrations[version];
    if (step === undefined) return;
    connection.exec(step);
    connection.pragma(`user_version = ${version + 1}`);
  });

  refuseNewerSchema(connection, migrations.length);
  while (schemaVersion(connection) < migrations.length) takeNextStep.immediate();
}

/**
 * Refuses, before anything is written, a database that some other program made.
 *
 * @throws {StoreOpenError} for such a database
 */
export function refuseForeignDatabase(connection: Connection): void {
  const isEmpty = connection.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (isEmpty || connection.pragma('application_id', { simple: true }) === APPLICATION_ID) return;
  throw new StoreOpenError(
    `The database ${connection.name} cannot be opened, because another program made it: choose another path.`,
  );
}

function refuseNewerSchema(connection: Connection, known: number): void {
  const version = schemaVersion(connection);
  if (version <= known) return;
  throw new StoreOpenError(
    `The database ${connection.name} was written by a newer version of this program ` +
      `(schema ${version}; this one knows ${known}): start that version, or restore a backup made before the upgrade.`,
  );
}

/** The number of steps that a database has taken. */
export function schemaVersion(connection: Connection): number {
  return connection.pragma('user_version', { simple: true }) as number;
}
