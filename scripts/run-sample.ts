import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { transform } from 'esbuild';

/**
 * Runs a TypeScript sample of the docs as a program of its own, for the tests that hold them to their word.
 *
 * @param source the sample as it is shown
 * @param folder the package in which a reader would have put it: imports are found from there, those of workspaces in their sources
 * @param env what it finds in the environment, besides what is there
 * @returns what it printed
 * @throws when it fails, with what it complained of
 */
export async function runSample(source: string, folder: string | URL, env: Record<string, string>): Promise<string> {
  const { code } = await transform(source, { loader: 'ts' });
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@signa/source', '--import', 'tsx', '--input-type=module', '--eval', code],
    { cwd: folder, env: { ...process.env, ...env } },
  );
  return stdout;
}
