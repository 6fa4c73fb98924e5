import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './mutations.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** The tracked sources in a folder of their own, where they can be done wrong. */
export class MutatedCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'signa-mutated-'));

  constructor() {
    const names = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
    for (const name of names.filter((one) => existsSync(join(ROOT, one)))) {
      mkdirSync(join(this.folder, dirname(name)), { recursive: true });
      cpSync(join(ROOT, name), join(this.folder, name));
    }
    this.#linkPackages();
  }

  /**
   * Does one thing wrong, runs the tests that should notice, and mends it.
   *
   * @returns the names of the tests that failed, none when nothing noticed
   * @throws Error when the text to change is not there exactly once, or when no test has run
   */
  async run({ what, file, text, replacement, project, tests }: Mutation): Promise<string[]> {
    const path = join(this.folder, file);
    const source = readFileSync(path, 'utf8');
    if (source.split(text).length !== 2) throw new Error(`"${what}" must find its text once in ${file}: ${text}`);
    writeFileSync(
      path,
      source.replace(text, () => replacement),
    );
    try {
      return await this.#failing(project, tests);
    } finally {
      writeFileSync(path, source);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The installed packages, but those of the project itself from the copy: they are links that lead out of `node_modules`. */
  #linkPackages(): void {
    const installed = join(ROOT, 'node_modules');
    const copied = join(this.folder, 'node_modules');
    mkdirSync(join(copied, '@signa'), { recursive: true });
    for (const name of readdirSync(installed)) {
      if (!name.startsWith('.vite') && name !== '@signa') symlinkSync(join(installed, name), join(copied, name));
    }
    for (const name of readdirSync(join(installed, '@signa'))) {
      symlinkSync(readlinkSync(join(installed, '@signa', name)), join(copied, '@signa', name));
    }
    // Programs are bundled there.
    const ofApi = join(ROOT, 'apps/api/node_modules');
    mkdirSync(join(this.folder, 'apps/api/node_modules'), { recursive: true });
    for (const name of existsSync(ofApi) ? readdirSync(ofApi) : []) {
      if (!name.startsWith('.')) {
        symlinkSync(realpathSync(join(ofApi, name)), join(this.folder, 'apps/api/node_modules', name));
      }
    }
  }

  async #failing(project: string, tests: readonly string[]): Promise<string[]> {
    const vitest = join(this.folder, 'node_modules/vitest/vitest.mjs');
    const report = join(this.folder, 'report.json');
    rmSync(report, { force: true });
    const args = [vitest, 'run', '--project', project, '--reporter=json', `--outputFile=${report}`, ...tests];
    await new Promise((resolve) => execFile(process.execPath, args, { cwd: this.folder, maxBuffer: 2 ** 28 }, resolve));
    const { numTotalTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    // A file that cannot even be loaded proves nothing.
    if (numTotalTests === 0) throw new Error(`No test of ${tests.join(', ')} has run.`);
    return testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
    );
  }
}

interface Report {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}
