import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { clientOf, it } from './workbench.ts';

const hasStrace = (() => {
  try {
    execFileSync('strace', ['-V']);
    return true;
  } catch {
    return false;
  }
})();

/** System calls that change a file system, and opening a file to write to it. */
const CHANGES =
  /^\d+ +(?:open(?:at)?\(.*O_(?:WRONLY|RDWR|CREAT|TRUNC)|(?:mkdir|rename|unlink|rmdir|link|symlink|truncate|chmod|chown|mknod)\w*\()/;

it.skipIf(!hasStrace)(
  'the process writes to nothing outside DATA_DIR, temporary files included (needs strace)',
  async ({ bench }) => {
    const trace = join(bench.folder, 'trace');
    // As a daemon of its own, strace leaves the process our child, so that it gets the signals.
    const under = ['strace', '-D', '-f', '-s', '4096', '-e', 'trace=%file', '-o', trace];
    const server = await bench.start({ under, cwd: '/', env: { TMPDIR: '/proc/nowhere', METRICS_PORT: '0' } });
    const client = clientOf(server, bench.firstKey);
    for (let made = 0; made < 20; made++) {
      await client.POST('/v1/organization/api-keys', { body: { name: `Key ${made}`, scopes: ['billing:read'] } });
    }
    await client.GET('/v1/organization/api-keys');
    await client.GET('/v1/organization/audit-events');
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);

    await expect.poll(() => readFileSync(trace, 'utf8')).toContain('+++ exited with 0 +++');
    const changes = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => CHANGES.test(line) && !/"\/dev\/(null|tty)"/.test(line));
    expect(changes.filter((line) => line.includes(bench.dataDir)).length, 'the trace sees writes').toBeGreaterThan(3);
    expect(changes.filter((line) => !line.includes(`"${bench.dataDir}`))).toEqual([]);
  },
);

it('whatever the process leaves behind is for its owner alone', async ({ bench }) => {
  const server = await bench.start({ under: ['sh', '-c', 'umask 0; exec "$@"', 'sh'] });
  await clientOf(server, bench.firstKey).POST('/v1/organization/api-keys', {
    body: { name: 'Key', scopes: ['billing:read'] },
  });
  const modes = Object.fromEntries(
    readdirSync(bench.dataDir).map((name) => [name, (statSync(join(bench.dataDir, name)).mode & 0o777).toString(8)]),
  );
  expect(modes).toEqual({ 'first-key': '600', 'signa.db': '600', 'signa.db-shm': '600', 'signa.db-wal': '600' });
  expect((statSync(bench.dataDir).mode & 0o777).toString(8)).toBe('700');
});
