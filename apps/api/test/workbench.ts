import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient, type SignaClient } from '@signa/client';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';

const TERMINAL = pathOf('./terminal.py');

// Our own sources in one file, made anew for each test file: no test can pass on a stale build, and a process starts three times as
// fast as through tsx. It lies where Node finds the packages.
const bundles = pathOf(`../node_modules/.signa-api-tests-${process.pid}`);
const MAIN = join(bundles, 'main.js');
await build({
  entryPoints: [pathOf('../src/main.ts')],
  outfile: MAIN,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  alias: { '@signa/server': pathOf('../../../packages/server/src/index.ts') },
  sourcemap: 'inline',
  logLevel: 'error',
});
afterAll(() => rmSync(bundles, { recursive: true, force: true }));

/** Tests that need curl say so by name, and are skipped without it. */
export const hasCurl = (() => {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

interface Options {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs it in a terminal, as a person would. */
  readonly terminal?: boolean;
  /** Node's own arguments. */
  readonly node?: readonly string[];
}

/** The program as it is run from a shell, what it has said, and a way to tell it things. */
export class ApiProcess {
  stdout = '';
  stderr = '';
  /** The exit code, or the signal that killed it. */
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #inTerminal: boolean;

  constructor(dataDir: string, { args = [], env = {}, cwd = tmpdir(), terminal = false, node = [] }: Options) {
    const { PATH, HOME } = process.env;
    const command = [process.execPath, ...node, MAIN, ...args];
    if (terminal) command.unshift('python3', TERMINAL);
    this.#inTerminal = terminal;
    this.#child = spawn(command[0]!, command.slice(1), {
      cwd,
      env: { PATH, HOME, PORT: '0', DATA_DIR: dataDir, ...env },
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(code ?? signal!)));
  }

  /** The server's own, even with a terminal around it. */
  get pid(): number {
    return this.#inTerminal ? Number(this.stderr.split('\n')[0]) : this.#child.pid!;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  closeStdout(): void {
    this.#child.stdout!.destroy();
  }

  /** The lines of the log. */
  get log(): Record<string, unknown>[] {
    const lines = this.stdout.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Waits until it has said something on standard output. */
  async says(text: string | RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const ended = !this.isRunning && (await this.exited);
      const found = this.stdout.match(text);
      if (found !== null) return found;
      if (ended !== false)
        throw new Error(`It ended with ${ended} and never said ${text}:\n${this.stdout}${this.stderr}`);
      await sleep(10);
    }
  }
}

export interface Server extends ApiProcess {
  readonly url: string;
}

/** A data folder, which does not exist at first, and the processes that a test runs on it. */
export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), 'signa-api-'));
  readonly dataDir = join(this.folder, 'data');
  readonly firstKeyFile = join(this.dataDir, 'first-key');
  readonly #processes: ApiProcess[] = [];
  readonly #logging: ApiProcess[] = [];

  spawn(options: Options = {}): ApiProcess {
    const spawned = new ApiProcess(this.dataDir, options);
    this.#processes.push(spawned);
    return spawned;
  }

  /** Starts the server and waits until it is ready. */
  async start(options: Options = {}): Promise<Server> {
    const server = this.spawn(options);
    if (options.terminal !== true) this.#logging.push(server);
    const [, url] = await server.says(options.terminal ? /Ready\. url=(\S+)/ : /"url":"([^"]+)".*"Ready\."/);
    return Object.assign(server, { url: url! });
  }

  /** Runs something that ends by itself. */
  async run(options: Options): Promise<{ code: number | string; stdout: string; stderr: string }> {
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

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
