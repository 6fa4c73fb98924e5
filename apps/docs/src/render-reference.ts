import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { contractPath, operationsOf, readContract } from './contract.ts';
import { makeSelfContained } from './make-self-contained.ts';
import { unwrapDescriptions } from './unwrap-descriptions.ts';

const redocly = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
const template = fileURLToPath(new URL('../template.html', import.meta.url));

/**
 * The reference as one HTML page that needs nothing else. The same contract gives the same bytes.
 *
 * @throws when Redocly fails, or when its page no longer is what `makeSelfContained` expects.
 */
export async function renderReference(): Promise<string> {
  const contract = readContract();
  // Redocly shows only the languages that it is told of, and knows no TypeScript: name those that the contract has.
  const labels = new Set(
    operationsOf(contract).flatMap((operation) => operation['x-codeSamples'].map((it) => it.label)),
  );
  const options = {
    codeSamples: { languages: [...labels, 'Payload'].map((label) => ({ lang: label, label })) },
    hideSchemaTitles: true,
    jsonSamplesExpandLevel: 'all',
  };

  // In an empty folder, so that no redocly.yaml of the surroundings has a say.
  const folder = await mkdtemp(join(tmpdir(), 'signa-docs-'));
  try {
    const description = join(folder, 'openapi.json');
    const page = join(folder, 'index.html');
    await writeFile(description, unwrapDescriptions(await readFile(contractPath, 'utf8')));
    await promisify(execFile)(
      process.execPath,
      [
        redocly,
        'build-docs',
        description,
        '--inlineBundle',
        `--output=${page}`,
        `--template=${template}`,
        `--title=${contract.info.title} reference`,
        `--templateOptions.description=${contract.info.summary}`,
        `--openapi=${JSON.stringify(options)}`,
      ],
      // Telemetry off here is also telemetry off in the page.
      { cwd: folder, env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } },
    );
    return makeSelfContained(await readFile(page, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
