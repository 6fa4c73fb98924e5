import type { Trial } from '../trial.ts';
import { trial as killed } from './01-killed.ts';
import { trial as noInputBreaksIt } from './11-no-input-breaks-it.ts';
import { trial as tenantsApart } from './18-tenants-apart.ts';
import { trial as nothingOpen } from './19-nothing-open.ts';
import { trial as scopesCannotGrow } from './20-scopes-cannot-grow.ts';
import { trial as testsWork } from './22-tests-work.ts';

/** In the order of the table of promises. */
export const TRIALS: readonly Trial[] = [
  killed,
  noInputBreaksIt,
  tenantsApart,
  nothingOpen,
  scopesCannotGrow,
  testsWork,
];
