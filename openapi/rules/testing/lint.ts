import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The files of a contract by their names. */
export type Contract = Record<string, unknown> & { 'openapi.json': unknown };

export interface Problem {
  ruleId: string;
  /** A JSON pointer into openapi.json, or into another file: `schemas.json#/Box`. */
  at: string;
}

/** What `redocly lint` reports about each contract under our redocly.yaml. */
export async function lint(contracts: Contract[]): Promise<Problem[][]> {
  const directory = await mkdtemp(join(tmpdir(), 'contracts-'));
  try {
    for (const [index, files] of contracts.entries()) {
      for (const [name, content] of Object.entries(files)) {
        const path = join(directory, `${index}`, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, JSON.stringify(content));
      }
    }
    const reports = await redocly(
      directory,
      contracts.map((_, index) => `${index}/openapi.json`),
    );
    return reports.map(({ problems }, index) =>
      problems.map(({ ruleId, location: [{ source, pointer }] }) => {
        const file = source.ref.slice(`${index}/`.length);
        return { ruleId, at: file === 'openapi.json' ? pointer : file + pointer };
      }),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}

const config = fileURLToPath(new URL('../../redocly.yaml', import.meta.url));
const cli = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');

interface Report {
  problems: { ruleId: string; location: [{ source: { ref: string }; pointer: string }] }[];
}

/** Redocly prints a JSON document for each contract, one behind the other, and exits with 1 when it finds a problem. */
function redocly(cwd: string, contracts: string[]): Promise<Report[]> {
  const args = [cli, 'lint', '--config', config, '--format', 'json', '--max-problems', '999', ...contracts];
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error && error.code !== 1) return reject(error);
      const reports: Report[] = JSON.parse(`[${stdout.replaceAll(/^\}\{$/gm, '},{')}]`);
      return reports.length === contracts.length ? resolve(reports) : reject(new Error(stderr));
    });
  });
}
