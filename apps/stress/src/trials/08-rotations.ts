import { ask, secretOf } from '../ask.ts';
import { auditEvents, makeKey, works } from '../keys.ts';
import type { Trial } from '../trial.ts';
import { createOrganization, withTwoInstances } from '../two-instances.ts';

const ROTATIONS = 20;

export const trial: Trial = {
  row: 8,
  promise: 'Rotation is linearizable',
  run: (full, tell) =>
    withTwoInstances(async (two) => {
      const keys = full ? 100 : 3;
      const manager = await createOrganization(two, 'Acme');
      const wrong: string[] = [];
      let winners = 0;
      let losers = 0;
      for (let n = 0; n < keys; n += 1) {
        tell(`key ${n + 1} of ${keys}`);
        for (const self of [false, true]) {
          const rotated = await rotateAtOnce(two.urls, manager, `Key ${n} ${self}`, self);
          winners += rotated.winners;
          losers += rotated.losers;
          wrong.push(...rotated.wrong);
        }
      }
      // Ends with an error when a chain has a gap.
      await two.admin('audit', 'verify');
      return {
        did:
          `${ROTATIONS} rotations at once at two instances × ${keys} keys by a manager without a grace, and × ${keys} keys ` +
          `by themselves with the grace of 300 s`,
        figure:
          `${winners} rotated one after the other, ${losers} × 409, ${wrong.length} wrong` +
          `${wrong.length === 0 ? '' : ` (${[...new Set(wrong)].join(', ')})`}, audit chain without gaps`,
        passed: wrong.length === 0 && winners + losers === 2 * keys * ROTATIONS,
      };
    }),
};

async function rotateAtOnce(urls: readonly string[], manager: string, name: string, self: boolean) {
  const made = await makeKey(urls[0]!, manager, name, ['api-keys:manage']);
  const answers = await Promise.all(
    Array.from({ length: ROTATIONS }, (_, client) =>
      ask(urls[client % 2]!, {
        method: 'POST',
        path: `/v1/organization/api-keys/${made.id}/rotate`,
        key: self ? made.key : manager,
        ...(!self && { body: { grace_period_seconds: 0 } }),
      }),
    ),
  );
  const won = answers.filter(({ status }) => status === 200);
  const losers = answers.filter(({ status }) => status === 409).length;
  const wrong: string[] = [];
  for (const { status } of answers) if (status !== 200 && status !== 409) wrong.push(`status ${status}`);
  // Without a grace, one that begins after another has ended may rotate again. In a grace none may.
  if (won.length === 0 || (self && won.length !== 1)) wrong.push(`${won.length} winners`);

  const working: string[] = [];
  for (const secret of won.map(secretOf)) if (await works(urls[1]!, secret)) working.push(secret);
  if (working.length !== 1) wrong.push(`${working.length} new secrets work`);
  if ((await works(urls[0]!, made.key)) !== self) wrong.push(self ? 'no grace' : 'the first secret works');

  // Each rotation starts from the secret that the one before it has left: no version is skipped, and none follows two.
  const events = await auditEvents(urls[0]!, manager, { target_id: made.id, action: 'api_key.rotated' });
  const oldestFirst = events.toReversed();
  const prefixes = [made.key, ...working].map((secret) => secret.slice(0, 8));
  const chain = [prefixes[0], ...oldestFirst.map(({ after }) => after.prefix)];
  const follows = oldestFirst.every(({ before }, n) => before.prefix === chain[n]);
  if (events.length !== won.length || !follows || chain.at(-1) !== prefixes[1]) wrong.push('versions with a gap');
  return { winners: won.length, losers, wrong };
}
