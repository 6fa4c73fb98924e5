import { openPostgresStore, openSqliteStore, type Store } from '@signa/server';
import type { Configuration } from './configuration.ts';
import { dataFolder } from './data-folder.ts';

/**
 * Opens the store that the environment names: PostgreSQL, or else the file in the data folder.
 *
 * @throws {StoreOpenError}
 */
export function openStore({ databaseUrl, databasePoolSize, dataDir }: Configuration): Promise<Store> {
  return databaseUrl === null
    ? openSqliteStore({ file: dataFolder(dataDir).database })
    : openPostgresStore({ url: databaseUrl, poolSize: databasePoolSize });
}
