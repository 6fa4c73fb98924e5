import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type SignaClient } from '@signa/client';
import { ApiProcess, type ApiProcessOptions, type ApiServer, bundleApi } from '@signa/scripts/api-process.ts';
import { afterAll, expect, test } from 'vitest';

const bundle = await bundleApi();
afterAll(() => bundle.remove());

/** Tests that need curl say so by name, and are skipped without it. */
export const hasCurl = (() => {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

export type Server = ApiServer;

/** A data folder, which does not exist at first, and the processes that a test runs on it. */
export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), 'signa-api-'));
  readonly dataDir = join(this.folder, 'data');
  readonly firstKeyFile = join(this.dataDir, 'first-key');
  readonly #processes: ApiProcess[] = [];
  readonly #logging: ApiProcess[] = [];

  spawn(options: ApiProcessOptions = {}): ApiProcess {
    const spawned = new ApiProcess(bundle, this.dataDir, options);
    this.#processes.push(spawned);
    return spawned;
  }

  /** Starts the server and waits until it is ready. */
  async start(options: ApiProcessOptions = {}): Promise<Server> {
    const server = this.spawn(options);
    if (options.terminal !== true) this.#logging.push(server);
    return server.ready();
  }

  /** Runs something that ends by itself. */
  async run(options: ApiProcessOptions): Promise<{ code: number | string; stdout: string; stderr: string }> {
    const ran = this.spawn(options);
    const code = await ran.exited;
    return { code, stdout: ran.stdout, stderr: ran.stderr };
  }

  /** Runs an operator's command as `npm run admin` does. */
  admin(...args: readonly string[]) {
    return this.run({ args: ['admin', ...args] });
  }

  /** The key that a first start without a terminal left. */
  get firstKey(): string {
    return readFileSync(this.firstKeyFile, 'utf8').trimEnd();
  }

  async close(): Promise<void> {
    for (const left of this.#processes.filter(({ isRunning }) => isRunning)) {
      left.kill('SIGKILL');
      await left.exited;
    }
    rmSync(this.folder, { recursive: true, force: true });
    // Whatever a test was about: no server may ever have logged a secret.
    for (const { stdout, stderr } of this.#logging) expect(stdout + stderr).not.toMatch(/sig(rs)?_[0-9a-f]{5}/i);
  }
}

/** A test with a workbench of its own. */
export const it = test.extend<{ bench: Workbench }>({
  // eslint-disable-next-line no-empty-pattern -- Vitest reads from the pattern what the fixture depends on.
  bench: async ({}, use) => {
    const bench = new Workbench();
    try {
      await use(bench);
    } finally {
      await bench.close();
    }
  },
});

/** Runs a command with `--json`. That it says nothing else is asserted here, so that each test reads on what matters. */
export async function json<T>(bench: Workbench, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await bench.admin(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd()).not.toContain('\n');
  return JSON.parse(stdout) as T;
}

/** A client that reports whatever happens, at once. */
export function clientOf({ url }: { readonly url: string }, apiKey: string): SignaClient {
  return createClient({ baseUrl: url, apiKey, retries: 0 });
}
