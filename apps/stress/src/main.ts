import { parseArgs } from 'node:util';
import { oneLine } from './one-line.ts';
import type { Outcome, Trial } from './trial.ts';
import { TRIALS } from './trials/index.ts';

const USAGE = `Usage: npm run test:stress [-- [--full] [--row N]…]

  --full   with the figures of the table of promises, which takes about an hour; otherwise with small counts
  --row N  only this row (${TRIALS.map(({ row }) => row).join(', ')})
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const chosen = chooseTrials();
  if (chosen === null) {
    process.stderr.write(USAGE);
    return 2;
  }
  let failed = 0;
  for (const trial of chosen.trials) {
    const start = performance.now();
    const outcome = await tryOut(trial, chosen.full);
    if (!outcome.passed) failed += 1;
    tell('');
    process.stdout.write(`${oneLine(trial, outcome, performance.now() - start)}\n`);
  }
  process.stdout.write(
    failed === 0 ? `All ${chosen.trials.length} hold.\n` : `${failed} of ${chosen.trials.length} failed.\n`,
  );
  return failed === 0 ? 0 : 1;
}

function chooseTrials(): { trials: readonly Trial[]; full: boolean } | null {
  try {
    const { values } = parseArgs({ options: { full: { type: 'boolean' }, row: { type: 'string', multiple: true } } });
    const rows = values.row ?? TRIALS.map(({ row }) => String(row));
    const trials = TRIALS.filter(({ row }) => rows.includes(String(row)));
    return trials.length === new Set(rows).size ? { trials, full: values.full === true } : null;
  } catch {
    return null;
  }
}

/** A trial that cannot be carried out has failed. */
async function tryOut(trial: Trial, full: boolean): Promise<Outcome> {
  try {
    return await trial.run(full, (progress) => tell(`      row ${trial.row}: ${progress}`));
  } catch (error) {
    return {
      did: 'not carried out',
      figure: error instanceof Error ? error.message : String(error),
      passed: false,
    };
  }
}

/** Shows how far it is, in one line that the next one takes the place of. Only to a person. */
function tell(progress: string): void {
  const { stderr } = process;
  if (stderr.isTTY) stderr.write(`\r\x1b[K${progress.slice(0, (stderr.columns || 80) - 1)}`);
}
