import type { Trial } from '../trial.ts';
import { trial as killed } from './01-killed.ts';
import { trial as synced } from './02-synced.ts';
import { trial as diskFull } from './03-disk-full.ts';
import { trial as diskError } from './04-disk-error.ts';
import { trial as locked } from './05-locked.ts';
import { trial as databaseRestarts } from './06-database-restarts.ts';
import { trial as oneWinner } from './07-one-winner.ts';
import { trial as rotations } from './08-rotations.ts';
import { trial as revokedAtOnce } from './09-revoked-at-once.ts';
import { trial as exactLimits } from './10-exact-limits.ts';
import { trial as noInputBreaksIt } from './11-no-input-breaks-it.ts';
import { trial as slowClients } from './12-slow-clients.ts';
import { trial as steady } from './13-steady.ts';
import { trial as terminated } from './14-terminated.ts';
import { trial as migrated } from './15-migrated.ts';
import { trial as backups } from './16-backups.ts';
import { trial as noSecretLeaks } from './17-no-secret-leaks.ts';
import { trial as tenantsApart } from './18-tenants-apart.ts';
import { trial as nothingOpen } from './19-nothing-open.ts';
import { trial as scopesCannotGrow } from './20-scopes-cannot-grow.ts';
import { trial as clockJumps } from './21-clock-jumps.ts';
import { trial as testsWork } from './22-tests-work.ts';

/** In the order of the table of promises. */
export const TRIALS: readonly Trial[] = [
  killed,
  synced,
  diskFull,
  diskError,
  locked,
  databaseRestarts,
  oneWinner,
  rotations,
  revokedAtOnce,
  exactLimits,
  noInputBreaksIt,
  slowClients,
  steady,
  terminated,
  migrated,
  backups,
  noSecretLeaks,
  tenantsApart,
  nothingOpen,
  scopesCannotGrow,
  clockJumps,
  testsWork,
];
