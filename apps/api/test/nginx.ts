import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

const nginx = process.env['NGINX_PATH'] ?? '/usr/sbin/nginx';
const NOBODY = 65_534;

export const nginxFound = existsSync(nginx);

/** Why these tests do not run here, to be seen in their name; nothing when they do. */
export const whySkipped = nginxFound ? '' : ` (skipped: no nginx at ${nginx}; set NGINX_PATH)`;

/** The configuration of the sample deployment. */
const deployed = readFileSync(new URL('../deploy/nginx.conf', import.meta.url), 'utf8');

/** The addresses of the instances in it. */
export const UPSTREAMS = [...deployed.matchAll(/^ *server ([\d.]+:\d+) /gm)].map(([, address]) => address!);

/**
 * Runs the nginx of the sample deployment, with only its addresses replaced, as a user that may do nothing.
 *
 * @param ports where the instances listen on loopback
 */
export async function startNginx(ports: readonly number[]) {
  const folder = mkdtempSync(join(tmpdir(), 'signa-nginx-'));
  const port = await freePort();
  const addresses: [written: string, here: string][] = [
    ['listen 8080;', `listen 127.0.0.1:${port};`],
    ...UPSTREAMS.map((upstream, index): [string, string] => [
      `server ${upstream} `,
      `server 127.0.0.1:${ports[index] ?? ports[0]} `,
    ]),
  ];
  let configuration = deployed;
  for (const [written, here] of addresses) {
    if (!configuration.includes(written)) throw new Error(`nginx.conf does not say ${written} any more.`);
    configuration = configuration.replace(written, here);
  }
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, NOBODY, NOBODY);

  const child: ChildProcess = spawn(nginx, ['-p', folder, '-c', file, '-g', 'daemon off;'], {
    env: {},
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  });
  let output = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise((resolve) => child.once('close', resolve));
  const url = `http://127.0.0.1:${port}`;
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`nginx does not run:\n${output}`);
    await sleep(10);
  }
  return {
    url,
    port,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Without a request, which would go on to an instance. */
function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
