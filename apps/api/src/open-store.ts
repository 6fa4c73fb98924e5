import { openPostgresStore, openSqliteStore, type SqliteStoreOptions, type Store } from '@signa/server';
import type { Configuration } from './configuration.ts';
import { dataFolder } from './data-folder.ts';

/**
 * Opens the store that the environment names: PostgreSQL, or else the file in the data folder.
 *
 * @param onFailedSync called when the disk did not confirm a write to the file. PostgreSQL ends itself then.
 * @throws {StoreOpenError}
 */
export function openStore(
  { databaseUrl, databasePoolSize, dataDir }: Configuration,
  { onFailedSync }: Pick<SqliteStoreOptions, 'onFailedSync'> = {},
): Promise<Store> {
  return databaseUrl === null
    ? openSqliteStore({ file: dataFolder(dataDir).database, ...(onFailedSync && { onFailedSync }) })
    : openPostgresStore({ url: databaseUrl, poolSize: databasePoolSize });
}
