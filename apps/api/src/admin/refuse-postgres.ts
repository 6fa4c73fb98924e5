import { BackupError } from '@signa/server';
import type { Configuration } from '../configuration.ts';

/**
 * @param instead what is done with PostgreSQL
 * @throws {BackupError} when the data is in PostgreSQL, which has tools of its own for what the command does
 */
export function refusePostgres({ databaseUrl }: Configuration, instead: string): void {
  if (databaseUrl === null) return;
  throw new BackupError(`DATABASE_URL is set, and ${instead}: docs/backup-and-restore.md has the commands.`);
}
