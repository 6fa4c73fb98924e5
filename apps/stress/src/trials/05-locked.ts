import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { type Answer, ask, createKey } from '../ask.ts';
import { quantile } from '../quantile.ts';
import { withService } from '../service.ts';
import type { Trial } from '../trial.ts';

const LOCKED_MS = 5_000;
const WRITERS = 8;

export const trial: Trial = {
  row: 5,
  promise: 'A locked database does not freeze the process',
  run: (full, tell) =>
    withService(async (service) => {
      const locks = full ? 5 : 1;
      const server = await service.start();
      const health: number[] = [];
      const writes: Answer[] = [];
      const other = new Database(service.database, { timeout: 0 });
      try {
        for (let lock = 0; lock < locks; lock += 1) {
          tell(`lock ${lock + 1} of ${locks}`);
          other.exec('BEGIN EXCLUSIVE');
          const until = performance.now() + LOCKED_MS;
          const isLocked = () => performance.now() < until;
          const writers = Array.from({ length: WRITERS }, async (_, writer) => {
            // Only what is sent so early that it cannot outlast the lock.
            for (let i = 0; performance.now() < until - 1_500; i += 1) {
              writes.push(await createKey(server.url, service.firstKey, `Key ${lock}.${writer}.${i}`));
            }
          });
          while (isLocked()) {
            const { status, ms } = await ask(server.url, { path: '/health/live' });
            health.push(status === 200 ? ms : Infinity);
            await sleep(10);
          }
          other.exec('ROLLBACK');
          await Promise.all(writers);
        }
      } finally {
        other.close();
      }
      const after = await createKey(server.url, service.firstKey, 'After the lock');
      const p99 = quantile(health, 0.99);
      const documented = writes.filter(({ status, headers }) => status === 503 && Number(headers['retry-after']) > 0);
      return {
        did: `a foreign lock for 5 s, ${locks} times, under ${WRITERS} writers; ${health.length} times asked for health`,
        figure:
          `health p99 ${p99.toFixed(1)} ms, ${documented.length} of ${writes.length} writes 503 with Retry-After, ` +
          `${writes.filter(({ status }) => status === 500).length} × 500, then ${after.status}`,
        passed: p99 < 300 && documented.length === writes.length && writes.length > 0 && after.status === 201,
      };
    }),
};
