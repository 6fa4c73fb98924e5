import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DockerfileParser, type From } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildImage, filesIn } from './build-image.ts';
import { dockerIgnore } from './docker-ignore.ts';
import { freePort } from './free-port.ts';

const context = fileURLToPath(new URL('../../../', import.meta.url));
const dockerfile = readFileSync(join(context, 'apps/api/deploy/Dockerfile'), 'utf8');
const instructions = DockerfileParser.parse(dockerfile).getInstructions();
const ignores = dockerIgnore(join(context, '.dockerignore'));
const isRoot = process.getuid?.() === 0;

const all = (keyword: string) => instructions.filter((instruction) => instruction.getKeyword() === keyword);
const textOf = (keyword: string) => all(keyword).map((instruction) => instruction.getArgumentsContent());

describe('the Dockerfile', () => {
  test('has no fault that the linter of the Docker language server finds', () => {
    expect(validate(dockerfile)).toEqual([]);
  });

  test('builds on Node images of one exact version and one distribution, so that what was compiled runs', () => {
    const stages = new Set((all('FROM') as From[]).map((from) => from.getBuildStage()));
    const images = (all('FROM') as From[]).map((from) => from.getImage()!).filter((image) => !stages.has(image));
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^node:\d+\.\d+\.\d+-[a-z]+(-slim)?$/);
    expect(images[1]).toBe(`${images[0]}-slim`);
  });

  test('runs as a numbered user that is not root, and every command of it without a shell', () => {
    expect(textOf('USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
    for (const keyword of ['ENTRYPOINT', 'CMD']) expect(textOf(keyword)).toEqual([expect.stringMatching(/^\[".*"\]$/)]);
    expect(textOf('HEALTHCHECK')).toEqual([expect.stringMatching(/^CMD \["node", .*"\]$/)]);
  });

  test('takes nothing from the internet but what the lock file names, and is given no secret', () => {
    expect(all('ADD')).toEqual([]);
    expect(all('ARG')).toEqual([]);
    expect(textOf('ENV').join(' ')).not.toMatch(/secret|password|token|database_url/i);
    for (const line of textOf('RUN')) {
      expect(line).not.toMatch(/\b(curl|wget|apt-get|apk|npx|npm (i|install|exec))\b/);
      expect(line).not.toContain('--mount');
    }
  });
});

test.each([
  ['data/signa.db', true],
  ['apps/api/data/first-key', true],
  ['apps/api/deploy/secrets/api.env', true],
  ['.env', true],
  ['.npmrc', true],
  ['.git/config', true],
  ['node_modules/pg/package.json', true],
  ['packages/server/dist/index.js', true],
  ['apps/api/src/main.ts', false],
  ['package-lock.json', false],
])('the context of the image leaves out %s: %s', (path, leftOut) => {
  expect(ignores(path)).toBe(leftOut);
});

test(
  'what the Dockerfile builds runs as its user, can write to /data alone, and is ready',
  { timeout: 300_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signa-image-'));
    onTestFinished(() => {
      execFileSync('chmod', ['-R', 'u+w', folder]);
      rmSync(folder, { recursive: true });
    });
    // For the user that it runs as.
    chmodSync(folder, 0o755);
    const image = await buildImage({ dockerfile, context, ignores, folder, env: buildEnvironment(folder) });

    // Only what production needs.
    expect(filesIn(image.locate('node_modules/.bin'))).not.toContain('tsc');
    const files = filesIn(image.locate('/signa'));
    expect(files).toContain('node_modules/better-sqlite3/build/Release/better_sqlite3.node');
    expect(files.filter((path) => /^(apps|packages|openapi)\/.*\.tsx?$/.test(path) && !path.endsWith('.d.ts'))).toEqual(
      [],
    );
    expect(files.filter((path) => /\.(env|npmrc|db|c|cpp)$/.test(path))).toEqual([]);

    execFileSync('chmod', ['-R', 'a-w', image.locate('/signa')]);
    expect(image.volumes).toEqual(['/data']);
    const port = await freePort();
    const [node, ...args] = image.command;
    expect(node).toBe('node');
    const settings = {
      ...image.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: image.locate(image.env['DATA_DIR']!),
      // A container's root file system is read-only: there is neither a home nor a folder for temporary files.
      HOME: '/nonexistent',
      TMPDIR: '/nonexistent',
    };
    const as = { cwd: image.locate(image.workingFolder), env: settings, ...(isRoot && image.user) };
    const [, ...check] = image.healthcheck;
    const isHealthy = async () => (await ended(spawn(process.execPath, check, as))) === 0;
    expect(await isHealthy()).toBe(false);

    const before = filesIn(image.root).length;
    const service = spawn(process.execPath, args, as);
    let output = '';
    for (const stream of [service.stdout, service.stderr]) stream.on('data', (text) => (output += String(text)));
    onTestFinished(() => void service.kill('SIGKILL'));
    const ready = () => fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => null);
    while ((await ready())?.status !== 200) {
      expect(service.exitCode, output).toBeNull();
      await sleep(50);
    }
    expect(await isHealthy()).toBe(true);
    expect((await fetch(`http://127.0.0.1:${port}/docs`)).status).toBe(200);
    const written = filesIn(image.locate('/data'));
    expect(written).toEqual(expect.arrayContaining(['signa.db', 'first-key']));
    expect(filesIn(image.root)).toHaveLength(before + written.length);

    service.kill('SIGTERM');
    expect(await ended(service)).toBe(0);
  },
);

function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve));
}

/** As it is, without what belongs to this test run. `npm ci` finds here the SQLite that was compiled or downloaded for this clone. */
function buildEnvironment(folder: string): NodeJS.ProcessEnv {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|NODE_ENV|NODE_OPTIONS|npm_(lifecycle|package))/.test(name),
    ),
  );
  const manifest = createRequire(import.meta.url).resolve('better-sqlite3/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const prebuilds = join(folder, 'prebuilds');
  mkdirSync(prebuilds);
  const { platform, arch, versions } = process;
  const archive = `better-sqlite3-v${version}-node-v${versions.modules}-${platform}-${arch}.tar.gz`;
  execFileSync('tar', ['-czf', join(prebuilds, archive), 'build/Release/better_sqlite3.node'], {
    cwd: dirname(manifest),
  });
  return {
    ...env,
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    npm_config_better_sqlite3_local_prebuilds: prebuilds,
    npm_config_prefer_offline: 'true',
    TURBO_TELEMETRY_DISABLED: '1',
    REDOCLY_TELEMETRY: 'off',
  };
}
