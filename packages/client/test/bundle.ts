import { fileURLToPath } from 'node:url';
import { build, type Format } from 'esbuild';

/** The client as a browser gets it, and the files that it is made of. An `iife` leaves it in the global `signaClient`. */
export async function bundle(format: Format) {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format,
    globalName: 'signaClient',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    write: false,
  });
  return { code: outputFiles[0]!.text, files: Object.keys(metafile.inputs) };
}
