import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, createKey, secretOf } from '../ask.ts';
import { withService, type Service } from '../service.ts';
import type { Trial } from '../trial.ts';

const WRITERS = 8;
const EXIT_WITHIN_MS = 10_000;

export const trial: Trial = {
  row: 14,
  promise: 'SIGTERM loses nothing',
  run: (full, tell) =>
    withService(async (service) => {
      const stops = full ? 50 : 4;
      const resets: string[] = [];
      const exits: (number | string)[] = [];
      const secrets: string[] = [];
      let slowest = 0;
      let readinessFirst = 0;
      for (let stop = 0; stop < stops; stop += 1) {
        tell(`stop ${stop + 1} of ${stops}`);
        const stopped = await stopUnderLoad(service, stop);
        resets.push(...stopped.resets);
        exits.push(stopped.exit);
        secrets.push(...stopped.secrets);
        slowest = Math.max(slowest, stopped.ms);
        if (stopped.readinessFirst) readinessFirst += 1;
      }
      const server = await service.start();
      let lost = 0;
      for (const key of secrets) {
        if ((await ask(server.url, { path: '/v1/organization', key })).status !== 200) lost += 1;
      }
      return {
        did: `${stops} × SIGTERM under ${WRITERS * 2} writers, half with new connections; ${secrets.length} keys acknowledged`,
        figure:
          `${resets.length} resets${resets.length > 0 ? ` (${[...new Set(resets)].join(', ')})` : ''}, ${lost} keys lost, ` +
          `exit 0 in ${exits.filter((exit) => exit === 0).length}, slowest ${(slowest / 1000).toFixed(1)} s, ` +
          `readiness first in ${readinessFirst} of ${stops}`,
        passed:
          resets.length === 0 &&
          lost === 0 &&
          secrets.length > stops * WRITERS &&
          exits.every((exit) => exit === 0) &&
          slowest <= EXIT_WITHIN_MS &&
          readinessFirst === stops,
      };
    }),
};

async function stopUnderLoad(service: Service, stop: number) {
  const server = await service.start();
  const key = service.firstKey;
  const resets: string[] = [];
  const secrets: string[] = [];
  const writers = Array.from({ length: WRITERS * 2 }, async (_, writer) => {
    const agent = new Agent({ keepAlive: writer % 2 === 0, maxSockets: 1 });
    for (let i = 0; ; i += 1) {
      const answer = await createKey(server.url, key, `Key ${stop}.${writer}.${i}`, agent).catch(
        (error: NodeJS.ErrnoException) => error,
      );
      if (!(answer instanceof Error)) {
        if (answer.status === 201) secrets.push(secretOf(answer));
        continue;
      }
      // Whose connection was not accepted knows that nothing was done.
      if (answer.code !== 'ECONNREFUSED') resets.push(answer.code ?? answer.message);
      agent.destroy();
      return;
    }
  });
  // In the order in which they came.
  const seen: ('ready' | 'not ready' | 'refused')[] = [];
  const watching = (async () => {
    const agent = new Agent({ keepAlive: false });
    while (seen.at(-1) !== 'refused') {
      const answer = await ask(server.url, { path: '/health/ready', agent }).catch(() => null);
      seen.push(answer === null ? 'refused' : answer.status === 200 ? 'ready' : 'not ready');
      await sleep(5);
    }
  })();
  await sleep(300 + Math.random() * 100);
  const start = performance.now();
  server.kill('SIGTERM');
  const exit = await Promise.race([server.exited, sleep(EXIT_WITHIN_MS + 2_000, 'still running', { ref: false })]);
  const ms = performance.now() - start;
  if (server.isRunning) server.kill('SIGKILL');
  await Promise.all([...writers, watching]);
  const notReady = seen.indexOf('not ready');
  return { resets, secrets, exit, ms, readinessFirst: notReady !== -1 && notReady > seen.lastIndexOf('ready') };
}
