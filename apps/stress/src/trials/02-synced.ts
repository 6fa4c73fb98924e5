import { join } from 'node:path';
import { createKey } from '../ask.ts';
import { withService } from '../service.ts';
import { trace } from '../strace.ts';
import type { Trial } from '../trial.ts';

/** Between the clocks of two processes, and for the rounding of their times, in milliseconds. */
const CLOCKS_DIFFER_BY = 1;

export const trial: Trial = {
  row: 2,
  promise: 'A commit reaches the disk',
  run: (full, tell) =>
    withService(async (service) => {
      const creates = full ? 200 : 50;
      // Reopened: how a database is written must not depend on having made it.
      const first = await service.start();
      first.kill('SIGTERM');
      await first.exited;
      const server = await service.start();

      tell(`${creates} serial creates under strace`);
      const tracing = await trace(server.pid, join(service.folder, 'calls'), [
        '-y',
        '-ttt',
        '-e',
        'trace=fsync,fdatasync',
      ]);
      const commits: { from: number; to: number }[] = [];
      for (let i = 0; i < creates; i += 1) {
        const from = now();
        const { status } = await createKey(server.url, service.firstKey, `Key ${i}`);
        if (status === 201) commits.push({ from, to: now() });
      }
      const syncs = (await tracing.end()).flatMap((call) => {
        const time = /^\d+ +([\d.]+) .*signa\.db.* = 0$/.exec(call)?.[1];
        return time === undefined ? [] : [Number(time) * 1000];
      });
      // The log of requests is synced too, and must not stand in for a key.
      const synced = commits.filter(({ from, to }) =>
        syncs.some((at) => at >= from - CLOCKS_DIFFER_BY && at <= to + CLOCKS_DIFFER_BY),
      );
      return {
        did: `${creates} serial creates after a reopen, ${commits.length} committed`,
        figure: `${syncs.length} syncs, ${synced.length} creates with one before their answer`,
        passed: commits.length === creates && syncs.length >= creates && synced.length === creates,
      };
    }),
};

function now(): number {
  return performance.timeOrigin + performance.now();
}
