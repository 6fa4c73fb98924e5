import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const TERMINAL = pathOf('./terminal.py');

/** The program in one file. */
export interface ApiBundle {
  readonly main: string;
  /** Deletes the file. */
  remove(): void;
}

/**
 * Puts the API's own sources in one file, made anew for each who asks: nothing can pass on a stale build, and a process starts three
 * times as fast as through tsx. It lies where Node finds the packages.
 */
export async function bundleApi(): Promise<ApiBundle> {
  const folder = pathOf(`../apps/api/node_modules/.signa-api-${process.pid}-${performance.now()}`);
  const main = join(folder, 'main.js');
  await build({
    entryPoints: [pathOf('../apps/api/src/main.ts')],
    outfile: main,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    alias: { '@signa/server': pathOf('../packages/server/src/index.ts') },
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return { main, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface ApiProcessOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs it in a terminal, as a person would. */
  readonly terminal?: boolean;
  /** Node's own arguments. */
  readonly node?: readonly string[];
  /** A command that it is run by, and that leaves it its place: `strace -D`, or a shell that ends with `exec "$@"`. */
  readonly under?: readonly string[];
}

/** The program as it is run from a shell, what it has said, and a way to tell it things. */
export class ApiProcess {
  stdout = '';
  stderr = '';
  /** The exit code, or the signal that killed it. */
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #inTerminal: boolean;

  constructor(
    { main }: ApiBundle,
    dataDir: string,
    { args = [], env = {}, cwd = tmpdir(), terminal = false, node = [], under = [] }: ApiProcessOptions,
  ) {
    const { PATH, HOME } = process.env;
    const command = [...under, process.execPath, ...node, main, ...args];
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

  /** Waits until the server serves. */
  async ready(): Promise<ApiServer> {
    const [, url] = await this.says(this.#inTerminal ? /Ready\. url=(\S+)/ : /"url":"([^"]+)".*"Ready\."/);
    return Object.assign(this, { url: url! });
  }
}

export interface ApiServer extends ApiProcess {
  readonly url: string;
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
