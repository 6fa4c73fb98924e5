/**
 * Fails when the generated files are not what the contract generates now. They are committed, so that a review sees what a change
 * of the YAML does; this is what keeps them true.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../openapi', import.meta.url));
const files = ['generated/openapi.json', 'generated/openapi.d.ts', 'generated/security.d.ts'];
const read = () => files.map((file) => readFileSync(`${folder}/${file}`, 'utf8'));

const before = read();
execFileSync('npm', ['run', '--silent', 'generate'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
const after = read();

const stale = files.filter((_, index) => before[index] !== after[index]);
if (stale.length > 0) {
  process.stderr.write(
    `These files were not what the contract generates: ${stale.map((file) => `openapi/${file}`).join(', ')}.\n` +
      'They have been generated anew: look at the difference, and commit it with the change of the contract.\n',
  );
  process.exit(1);
}
process.stdout.write('The generated files are up to date.\n');
