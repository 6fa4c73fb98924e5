import { ask } from '../ask.ts';
import { makeKey, revoke } from '../keys.ts';
import type { Trial } from '../trial.ts';
import { createOrganization, withTwoInstances } from '../two-instances.ts';

/** How many connections ask by the key all the time. */
const READERS = 4;

/** How often each of them asks after the revocation's answer. */
const ASKS_AFTER = 3;

export const trial: Trial = {
  row: 9,
  promise: 'Revocation is immediate',
  run: (full, tell) =>
    withTwoInstances(async (two) => {
      const revocations = full ? 1_000 : 20;
      const manager = await createOrganization(two, 'Acme');
      const total = { before: 0, after: 0, refused: 0 };
      for (let n = 0; n < revocations; n += 1) {
        tell(`revocation ${n + 1} of ${revocations}`);
        const [here, there] = n % 2 === 0 ? [two.urls[0]!, two.urls[1]!] : [two.urls[1]!, two.urls[0]!];
        const { id, key } = await makeKey(here, manager, `Key ${n}`, ['trademarks:read']);
        let revokedAt = Infinity;
        let firstSuccess!: () => void;
        const used = new Promise<void>((resolve) => (firstSuccess = resolve));
        const reading = Array.from({ length: READERS }, async () => {
          for (let after = 0; after < ASKS_AFTER;) {
            const begun = performance.now();
            const { status } = await ask(there, { path: '/v1/organization', key });
            const late = begun > revokedAt;
            if (late) after += 1;
            if (late && status === 401) total.refused += 1;
            if (status !== 200) continue;
            total[late ? 'after' : 'before'] += 1;
            firstSuccess();
          }
        });
        await used;
        const { status } = await revoke(here, manager, id);
        revokedAt = performance.now();
        await Promise.all(reading);
        if (status !== 200) throw new Error(`The key was not revoked: ${status}`);
      }
      return {
        did: `${revocations} revocations, while ${READERS} clients ask by the key at the other instance`,
        figure:
          `${total.after} successes of requests begun after the answer, ${total.refused} × 401 ` +
          `(${total.before} successes before)`,
        passed: total.after === 0 && total.refused === revocations * READERS * ASKS_AFTER,
      };
    }),
};
