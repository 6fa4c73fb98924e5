import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiServer } from '@signa/scripts/api-process.ts';
import { ask, createKey, secretOf } from '../ask.ts';
import { countHalfWritten, integrityOf } from '../integrity.ts';
import { withService } from '../service.ts';
import type { Trial } from '../trial.ts';

const WRITERS = 8;

/** How many keys a life acknowledges before it is killed. */
const KEYS_PER_LIFE = 24;

export const trial: Trial = {
  row: 1,
  promise: 'An acknowledged key is never lost',
  run: (full, tell) =>
    withService(async (service) => {
      const kills = full ? 200 : 5;
      const acknowledged: string[] = [];
      let lost = 0;
      let halfWritten = 0;
      let damaged = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        tell(`kill ${kill + 1} of ${kills}`);
        const server = await service.start();
        const created = await createUntilKilled(server, service.firstKey, kill);
        acknowledged.push(...created);

        const reopened = await service.start();
        // In the end those of all lives: a later kill must not take what an earlier one had left.
        lost += await countRefused(reopened, kill + 1 === kills ? acknowledged : created);
        halfWritten += countHalfWritten(service.database);
        if (integrityOf(service.database) !== 'ok') damaged += 1;
        reopened.kill('SIGKILL');
        await reopened.exited;
      }
      return {
        did: `${kills} kills during creates from ${WRITERS} writers, ${acknowledged.length} keys acknowledged`,
        figure: `${lost} lost, ${halfWritten} half-written, integrity check ${damaged === 0 ? 'ok' : `failed ${damaged} times`}`,
        passed: lost === 0 && halfWritten === 0 && damaged === 0 && acknowledged.length >= kills * KEYS_PER_LIFE,
      };
    }),
};

/** The secrets of the keys that were acknowledged before the kill, which comes at any moment of the writers' work. */
async function createUntilKilled(server: ApiServer, key: string, life: number): Promise<string[]> {
  const secrets: string[] = [];
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let i = 0; ; i += 1) {
      const answer = await createKey(server.url, key, `Key ${life}.${writer}.${i}`).catch(() => null);
      if (answer === null) return;
      if (answer.status === 201) secrets.push(secretOf(answer));
    }
  });
  while (secrets.length < KEYS_PER_LIFE && server.isRunning) await sleep(1);
  await sleep(Math.random() * 20);
  server.kill('SIGKILL');
  await Promise.all([server.exited, ...writers]);
  return secrets;
}

async function countRefused({ url }: ApiServer, secrets: readonly string[]): Promise<number> {
  let refused = 0;
  for (const key of secrets) {
    const { status } = await ask(url, { path: '/v1/organization', key });
    if (status !== 200) refused += 1;
  }
  return refused;
}
