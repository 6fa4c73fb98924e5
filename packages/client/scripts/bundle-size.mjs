/** Prints what the client costs a browser, and fails when it grows past its budget. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Bytes, minified and gzipped: 16% of what the functions of @unkey/api take for the same work, 27.8 kB, without repeating a POST. */
const BUDGET = 4_380;

const { outputFiles } = await build({
  entryPoints: [new URL('../dist/index.js', import.meta.url).pathname],
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  write: false,
});
const [{ contents }] = outputFiles;
const size = gzipSync(contents, { level: 9 }).length;
process.stdout.write(`@signa/client: ${contents.length} B min, ${size} B min+gzip (budget ${BUDGET} B)\n`);
if (size > BUDGET) {
  process.stderr.write(`The client is ${size - BUDGET} B over its budget.\n`);
  process.exit(1);
}
