import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, Program } from './programs.ts';

const nginx = process.env['NGINX_PATH'] ?? '/usr/sbin/nginx';
const NOBODY = 65_534;

export const nginxFound = existsSync(nginx);

/** Why these tests do not run here, to be seen in their name; nothing when they do. */
export const whySkipped = nginxFound ? '' : ` (skipped: no nginx at ${nginx}; set NGINX_PATH)`;

/** The configuration of docs/gateways.md. */
const documented = /```nginx\n(.*?)```/s.exec(
  readFileSync(new URL('../../../docs/gateways.md', import.meta.url), 'utf8'),
)![1]!;

/** Runs nginx as a user that may do nothing, in a folder of its own, with the documented configuration for these addresses. */
export async function startNginx(authorize: string, service: string) {
  const folder = mkdtempSync(join(tmpdir(), 'signa-nginx-'));
  const port = await freePort();
  const addresses = { '127.0.0.1:3002': authorize, '127.0.0.1:8080': service, '127.0.0.1:8000': `127.0.0.1:${port}` };
  let configuration = documented;
  for (const [written, here] of Object.entries(addresses)) {
    if (!configuration.includes(written)) throw new Error(`docs/gateways.md does not say ${written} any more.`);
    configuration = configuration.replace(written, here);
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid nginx.pid; error_log stderr; events { worker_connections 4096; }
http { access_log off; ${temporary.join(' ')}\n${configuration}\n}\n`,
  );
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, NOBODY, NOBODY);

  const program = new Program(nginx, ['-p', folder, '-c', 'nginx.conf'], {}, isRoot ? NOBODY : undefined);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; (await fetch(url).catch(() => null)) === null; tries++) {
    if (tries === 200) throw new Error(`nginx does not listen:\n${program.output}`);
    await sleep(25);
  }
  return {
    url,
    program,
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
