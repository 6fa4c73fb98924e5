import { MutatedCopy } from '../mutations/mutated-copy.ts';
import { MUTATIONS } from '../mutations/mutations.ts';
import type { Trial } from '../trial.ts';

export const trial: Trial = {
  row: 22,
  promise: 'The tests themselves work',
  async run(_full, tell) {
    const copy = new MutatedCopy();
    try {
      const noticed: string[] = [];
      const survived: string[] = [];
      for (const mutation of MUTATIONS) {
        tell(mutation.what);
        const [first] = await copy.run(mutation);
        if (first === undefined) survived.push(mutation.what);
        else noticed.push(`${mutation.what} → ${first}`);
      }
      const figure = [`${noticed.length} noticed`, `${survived.length} survived`, ...survived, ...noticed];
      return {
        did: `${MUTATIONS.length} things done wrong, one at a time`,
        figure: figure.join('; '),
        passed: survived.length === 0,
      };
    } finally {
      copy.remove();
    }
  },
};
