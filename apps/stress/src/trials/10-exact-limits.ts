import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../ask.ts';
import { codeOf } from '../keys.ts';
import type { Trial } from '../trial.ts';
import { createOrganization, withTwoInstances } from '../two-instances.ts';

const LIMIT = 100;
const AT_ONCE = 500;

const UNAVAILABLE = new Set(['503 storage_busy', '503 storage_unavailable']);

/** All must be counted in one minute. */
const SECONDS_NEEDED = 15;

export const trial: Trial = {
  row: 10,
  promise: 'Limits are exact',
  run: (full, tell) =>
    withTwoInstances(
      async (two) => {
        const organizations = full ? 10 : 1;
        const watch = await createOrganization(two, 'Watch');
        const admitted: number[] = [];
        let refused = 0;
        const others: string[] = [];
        for (let n = 0; n < organizations; n += 1) {
          tell(`organization ${n + 1} of ${organizations}`);
          const key = await createOrganization(two, `Organization ${n}`);
          await untilMinuteIsYoung(two.urls[0]!, watch);
          const answers = await Promise.all(
            Array.from({ length: AT_ONCE }, (_, client) =>
              ask(two.urls[client % 2]!, { path: '/v1/organization', key }),
            ),
          );
          admitted.push(answers.filter(({ status }) => status === 200).length);
          refused += answers.filter(({ status }) => status === 429).length;
          for (const answer of answers) {
            if (![200, 429].includes(answer.status)) others.push(`${answer.status} ${codeOf(answer)}`);
          }
        }
        return {
          did: `limit ${LIMIT}, ${AT_ONCE} requests at once over two instances, × ${organizations} organizations`,
          figure:
            `${admitted.join(', ')} admitted, ${refused} × 429` +
            (others.length === 0 ? '' : `, ${others.length} others (${[...new Set(others)].join(', ')})`),
          // On a machine with too much to do some are told to come again. Were those counted, fewer would be admitted.
          passed:
            refused > 0 &&
            admitted.every((count) => count === LIMIT) &&
            others.every((other) => UNAVAILABLE.has(other)),
        };
      },
      { RATE_LIMIT_READS: String(LIMIT) },
    ),
};

/** The service says when its minute ends. It is asked by another organization, whose requests are counted apart. */
async function untilMinuteIsYoung(url: string, key: string): Promise<void> {
  for (;;) {
    const { headers } = await ask(url, { path: '/v1/organization', key });
    const secondsLeft = Number(/;t=(\d+)/.exec(String(headers['ratelimit']))?.[1]);
    if (Number.isNaN(secondsLeft)) throw new Error('The service does not say when its minute ends.');
    if (secondsLeft >= SECONDS_NEEDED) return;
    await sleep(secondsLeft * 1_000);
  }
}
