import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MAIN } from './workbench.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const readme = readFileSync(`${ROOT}/README.md`, 'utf8');
const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { scripts: Record<string, string> };

/** A block of code of README.md. */
export interface Block {
  /** The words before it. */
  readonly title: string;
  readonly language: 'sh' | 'ts';
  readonly source: string;
}

/**
 * The blocks of code in a section of README.md.
 *
 * @throws for one that can be neither run in a shell nor as TypeScript
 */
export function blocksOf(section: string): Block[] {
  const [, after = ''] = readme.split(`\n## ${section}\n`);
  const [text = ''] = after.split('\n## ');
  return [...text.matchAll(/(?:([^\n]+)\n\n)?```(\w*)\n(.*?)```/gs)].map(([, title = '', language, source]) => {
    if (language !== 'sh' && language !== 'ts') throw new Error(`A block of "${language}" cannot be run: ${source}`);
    return { title, language, source: source! };
  });
}

/**
 * Puts what was printed before where README.md leaves it to the reader: `key_…` is the latest that begins like this.
 *
 * @param printed lines, the latest last; of several values in one line the first counts
 * @throws when nothing was
 */
export function fillIn(source: string, printed: readonly string[]): string {
  return source.replaceAll(/(\w*_)?…/g, (placeholder, prefix = '') => {
    const value = new RegExp(`\\b${prefix}[0-9A-Za-z]{16,}`);
    const line = printed.findLast((text) => value.test(text));
    if (prefix === '' || line === undefined) {
      throw new Error(`README.md leaves ${placeholder} to its reader, and nothing before has printed what that is.`);
    }
    return value.exec(line)![0];
  });
}

/** Other ports for those in README.md's table of variables. */
export class Ports {
  /** The ports that are in use, by their variable, such as `MOCK_PORT`. */
  readonly env: Record<string, string>;
  readonly #variables = new Map(
    [...readme.matchAll(/^\| `(\w*PORT)` +\| `(\d+)`/gm)].map(([, name, port]) => [port!, name!]),
  );

  constructor(apiUrl: string) {
    this.env = { PORT: new URL(apiUrl).port };
  }

  /** @throws for a port that no variable has */
  async replaceIn(text: string): Promise<string> {
    const variableOf = (port: string) => {
      const name = this.#variables.get(port);
      if (name === undefined) throw new Error(`Port ${port} is not in README.md's table of variables.`);
      return name;
    };
    const address = /(?<=127\.0\.0\.1:)\d+/g;
    for (const [port] of text.matchAll(address)) this.env[variableOf(port)] ??= await freePort();
    return text.replaceAll(address, (port) => this.env[variableOf(port)]!);
  }
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

/**
 * What `npm run` runs, but for the build, which `npm test` has done, and with the API of our sources.
 *
 * @throws when package.json does not have it
 */
export function commandOf(script: string): string {
  const command = scripts[script];
  if (command === undefined) throw new Error(`package.json has no script ${script}.`);
  return command.replace(/^exec (scripts\/run-built\.sh \S+ )?/, '').replace('apps/api/dist/main.js', `'${MAIN}'`);
}

/** A program that runs until it is stopped. */
export class Background {
  readonly #child: ChildProcess;
  #said = '';

  /** Resolves when `url` answers. */
  static async start(command: string, env: Record<string, string>, url: string): Promise<Background> {
    const started = new Background(command, env);
    while ((await fetch(url).catch(() => null)) === null) {
      if (started.#child.exitCode !== null) throw new Error(`It ended: ${command}\n${started.#said}`);
      await sleep(50);
    }
    return started;
  }

  private constructor(command: string, env: Record<string, string>) {
    this.#child = spawn('sh', ['-c', `exec ${command}`], { cwd: ROOT, env: { ...process.env, ...env } });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) stream.on('data', (text) => (this.#said += text));
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null) await once(this.#child, 'close');
  }
}

/** One shell that is told one thing after the other. */
export class Shell {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #isClosed = false;
  #said = '';
  #complained = '';

  constructor(cwd: string, env: Record<string, string>) {
    const { PATH, HOME } = process.env;
    this.#child = spawn('sh', ['-e'], { cwd, env: { PATH, HOME, ...env } });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#complained += text));
    this.#child.stdin!.on('error', () => {}); // It has ended, which `run` says better.
    this.#closed = once(this.#child, 'close').then(() => (this.#isClosed = true));
  }

  /**
   * Runs commands, and returns what they print.
   *
   * @throws when one of them fails, with all that was said; the shell has ended then
   */
  async run(commands: string): Promise<string> {
    this.#said = '';
    // A command that reads its input must not get those that follow.
    this.#child.stdin!.write(`{ :\n${commands}\n} </dev/null\nprintf '\\004'\n`);
    while (!this.#said.endsWith('\x04')) {
      if (this.#isClosed) throw new Error(`It failed: ${commands}\n${this.#said}${this.#complained}`);
      await sleep(10);
    }
    return this.#said.slice(0, -1);
  }

  async close(): Promise<void> {
    this.#child.stdin!.end();
    await this.#closed;
  }
}
