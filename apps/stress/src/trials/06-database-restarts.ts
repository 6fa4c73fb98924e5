import { setTimeout as sleep } from 'node:timers/promises';
import { KeyLoad } from '../../../api/test/key-load.ts';
import { createKey } from '../ask.ts';
import type { Trial } from '../trial.ts';
import { createOrganization, withTwoInstances } from '../two-instances.ts';

const CLIENTS = 8;

/** How many keys are acknowledged between two restarts. */
const KEYS_PER_RESTART = 20;

const SLOWEST_RECOVERY_MS = 5_000;

export const trial: Trial = {
  row: 6,
  promise: 'PostgreSQL restarts are ridden out',
  run: (full, tell) =>
    withTwoInstances(async (two) => {
      const restarts = full ? 20 : 3;
      let load: KeyLoad | null = null;
      try {
        const key = await createOrganization(two, 'Acme');
        const undocumented: string[] = [];
        const unavailable = { count: 0 };
        load = new KeyLoad({
          url: two.url,
          apiKey: key,
          workers: CLIENTS,
          onAnswer: async (request, response) => {
            if (response.status === 503) unavailable.count += 1;
            if (!(await isExpected(response))) undocumented.push(`${request.method} ${response.status}`);
          },
        });
        let slowest = 0;
        for (let restart = 0; restart < restarts; restart += 1) {
          tell(`restart ${restart + 1} of ${restarts}`);
          await load.progress(KEYS_PER_RESTART);
          await two.postgres.kill();
          await two.postgres.start();
          const back = performance.now();
          await Promise.all(two.urls.map((url, index) => untilItCreates(url, key, `Probe ${restart}.${index}`)));
          slowest = Math.max(slowest, performance.now() - back);
        }
        await load.progress(KEYS_PER_RESTART);
        await load.stop();
        const { valid, dead } = await load.verify(two.urls);
        const wrong = [...load.violations, ...undocumented];
        return {
          did:
            `${restarts} immediate restarts under ${CLIENTS} clients at two instances, ${load.done.created} keys ` +
            `acknowledged, ${valid} live and ${dead} dead secrets asked about at both`,
          figure:
            `${wrong.length} lost, revived or undocumented${wrong.length === 0 ? '' : ` (${wrong[0]})`}, ` +
            `${unavailable.count} documented 503s, slowest recovery ${(slowest / 1000).toFixed(1)} s`,
          passed: wrong.length === 0 && slowest <= SLOWEST_RECOVERY_MS,
        };
      } finally {
        await load?.stop();
      }
    }),
};

/** What the contract has for what the clients ask: a success, or a 503 that says why and when to come again. */
async function isExpected(response: Response): Promise<boolean> {
  if (response.status !== 503) return response.status === 200 || response.status === 201;
  const body = (await response.json().catch(() => null)) as { error?: { code?: string } } | null;
  const waits = Number(response.headers.get('retry-after')) >= 1;
  return waits && ['storage_busy', 'storage_unavailable'].includes(body?.error?.code ?? '');
}

async function untilItCreates(url: string, key: string, name: string): Promise<void> {
  for (let n = 0; ; n += 1) {
    // A connection that was kept since the last restart may just be closed.
    const answer = await createKey(url, key, `${name}.${n}`).catch(() => null);
    if (answer?.status === 201) return;
    await sleep(20);
  }
}
