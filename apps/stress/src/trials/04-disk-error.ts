import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, createKey, secretOf } from '../ask.ts';
import { integrityOf } from '../integrity.ts';
import { withService } from '../service.ts';
import { trace } from '../strace.ts';
import type { Trial } from '../trial.ts';

const EXITS_WITHIN_MS = 10_000;

export const trial: Trial = {
  row: 4,
  promise: 'A disk error is not papered over',
  async run(full, tell) {
    const rounds = full ? 10 : 1;
    const rows = [];
    for (let round = 0; round < rounds; round += 1) {
      tell(`round ${round + 1} of ${rounds}`);
      rows.push(await failOnce());
    }
    const failed = rows.filter(({ passed }) => !passed);
    const told = failed[0] ?? rows[0]!;
    return {
      did: `EIO on fsync and fdatasync under 8 writers, ${rounds} times`,
      figure: told.figure,
      passed: failed.length === 0,
    };
  },
};

function failOnce(): Promise<{ figure: string; passed: boolean }> {
  return withService(async (service) => {
    const server = await service.start();
    const key = service.firstKey;
    const before = secretOf(await createKey(server.url, key, 'Before'));
    const tracing = await trace(server.pid, join(service.folder, 'calls'), [
      '-y',
      '-e',
      'trace=fsync,fdatasync,pwrite64',
      '-e',
      'inject=fsync,fdatasync:error=EIO',
    ]);
    const start = performance.now();
    const writes: number[] = [];
    const secrets: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; ; i += 1) {
        const answer = await createKey(server.url, key, `Key ${writer}.${i}`).catch(() => null);
        if (answer === null) return;
        writes.push(answer.status);
        if (answer.status === 201) secrets.push(secretOf(answer));
        await sleep(10);
      }
    });
    // From the first write that failed.
    const readiness: number[] = [];
    const watching = (async () => {
      for (;;) {
        const hasFailed = writes.length > 0;
        const answer = await ask(server.url, { path: '/health/ready' }).catch(() => null);
        if (answer === null) return;
        if (hasFailed) readiness.push(answer.status);
        await sleep(10);
      }
    })();
    const exit = await Promise.race([server.exited, sleep(EXITS_WITHIN_MS, 'still running', { ref: false })]);
    const exitedAfter = performance.now() - start;
    if (server.isRunning) server.kill('SIGKILL');
    await Promise.all([...writers, watching]);
    const calls = await tracing.end();
    // After the first failure nothing is written to the database or its log again, nor synced.
    const firstFailure = calls.findIndex((call) => call.includes('EIO'));
    const after = calls.slice(firstFailure + 1).filter((call) => /signa\.db(-wal)?>/.test(call));

    const reopened = await service.start();
    const kept = await ask(reopened.url, { path: '/v1/organization', key: before });
    const integrity = integrityOf(service.database);
    const refused = writes.filter((status) => status === 503).length;
    const ready = readiness.filter((status) => status !== 503).length;
    return {
      figure:
        `${refused} of ${writes.length} writes 503, ${secrets.length} acknowledged, ready ${ready} of ${readiness.length} times, ` +
        `exit ${exit} after ${(exitedAfter / 1000).toFixed(1)} s, ${after.length} writes or syncs after the error, integrity ${integrity}`,
      passed:
        firstFailure !== -1 &&
        refused === writes.length &&
        refused > 0 &&
        ready === 0 &&
        readiness.length > 0 &&
        exit === 1 &&
        after.length === 0 &&
        kept.status === 200 &&
        integrity === 'ok',
    };
  });
}
