import { organizationsAndKeys } from './001_organizations_and_keys.ts';
import { logs } from './002_logs.ts';
import { limits } from './003_limits.ts';
import type { Migration } from './migration.ts';

/**
 * The steps from an empty database to the schema of this program, in order. The schema's version is the number of steps taken. A step
 * that has been released is never edited: databases that took it exist.
 */
export const MIGRATIONS: readonly Migration[] = [organizationsAndKeys, logs, limits];
