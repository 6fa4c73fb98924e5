import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, Pruning, Store } from '@signa/server';
import type { Connections } from './connections.ts';

// Supervisors give up after 10 s and kill. Each figure counts from the signal, in milliseconds.
/** Until here connections are accepted as before, while readiness already says no: who was on the way still gets in. */
const ACCEPT_UNTIL = 200;
/** From here on connections on which nothing happens are closed. */
const QUIET_AFTER = 700;
/** Here those that are still busy are cut off; what remains of the time is for the database. */
const CUT_AT = 8_000;
const GIVE_UP_AT = 9_500;
/** What nobody can rely on any more is kept up only so long that those who watch over it learn why. */
const TOLD_UNTIL = 1_000;
const ABANDON_AT = 2_500;

interface Running {
  readonly connections: Connections;
  /** What has gathered something that is yet to be written. */
  readonly recorders: readonly { close(): Promise<void> }[];
  readonly pruning: Pruning;
  readonly store: Store;
  readonly log: Log;
}

/** Finishes what was accepted, then closes the database. Returns the exit code. */
export async function shutDown({ connections, recorders, pruning, store, log }: Running): Promise<number> {
  const start = performance.now();
  await sleep(ACCEPT_UNTIL);
  const cut = await connections.drain({ quietMs: QUIET_AFTER - ACCEPT_UNTIL, deadlineMs: CUT_AT - ACCEPT_UNTIL });
  if (cut > 0) log.warn({ connections: cut }, 'Cut off the connections that were still busy.');

  try {
    const outOfTime = sleep(start + GIVE_UP_AT - performance.now()).then(() => {
      throw new Error('The database did not close in time.');
    });
    const written = Promise.all([pruning.stop(), ...recorders.map((recorder) => recorder.close())]);
    await Promise.race([written.then(() => store.close()), outOfTime]);
  } catch (error) {
    log.error({ err: error }, 'Stopped, but the database was not closed. What it has confirmed is safe.');
    return 1;
  }
  log.info({}, 'Stopped.');
  return 0;
}

/**
 * Ends without the database, to which nothing may be written any more, once those who are connected have had the time to be told.
 * Returns the exit code.
 */
export async function abandon({ connections }: Pick<Running, 'connections'>): Promise<number> {
  await sleep(TOLD_UNTIL);
  await connections.drain({ quietMs: QUIET_AFTER - ACCEPT_UNTIL, deadlineMs: ABANDON_AT - TOLD_UNTIL });
  return 1;
}
