import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const TYPESCRIPT = ['--conditions=@signa/source', '--import', import.meta.resolve('tsx')];

/** A program that runs, and what it has said. */
export class Program {
  output = '';
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], env: Record<string, string> = {}, user?: number) {
    const { PATH, HOME } = process.env;
    const as = user === undefined ? {} : { uid: user, gid: user };
    this.#child = spawn(command, args, { cwd: tmpdir(), env: { PATH, HOME, ...env }, ...as });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.exited = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(code ?? signal!)));
  }

  /** A program of this repository, from its source. */
  static ours(path: string, env: Record<string, string>, ...args: string[]): Program {
    return new Program(process.execPath, [...TYPESCRIPT, fileURLToPath(new URL(path, root)), ...args], env);
  }

  /** Waits until it has said something. */
  async says(text: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const found = this.output.match(text);
      if (found !== null) return found;
      if (this.#child.exitCode !== null) throw new Error(`It ended and never said ${text}:\n${this.output}`);
      await sleep(10);
    }
  }

  async stop(): Promise<number | string> {
    this.#child.kill('SIGTERM');
    return this.exited;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
