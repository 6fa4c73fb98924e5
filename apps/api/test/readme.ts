import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const readme = readFileSync(`${ROOT}README.md`, 'utf8');
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: Record<string, string> };

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

/** The commands of a block. A line that goes on with one is indented. */
export function commandsOf({ source }: Block): string[] {
  return source.trimEnd().split(/\n(?! )/);
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

/** A port of README.md's table of variables. */
export interface Port {
  readonly variable: string;
  readonly usual: string;
  /** One that is free, for the test. */
  readonly free: string;
  /** The script that listens there. */
  readonly script: string | undefined;
}

export async function freePorts(): Promise<Port[]> {
  const rows = readme.matchAll(/^\| `(\w*PORT)` +\| `(\d+)` +\| (?:Where `npm run (\w+)` listens)?/gm);
  const ports = [...rows].map(async ([, variable, usual, script]) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    return { variable: variable!, usual: usual!, free: String(port), script };
  });
  return Promise.all(ports);
}

/** @throws for a port that the table does not have */
export function movePorts(text: string, ports: readonly Port[]): string {
  return text.replaceAll(/(?<=127\.0\.0\.1:)\d+/g, (port) => {
    const known = ports.find(({ usual }) => usual === port);
    if (known === undefined) throw new Error(`Port ${port} is not in README.md's table of variables.`);
    return known.free;
  });
}

/**
 * What `npm run` runs, from the sources rather than from what is built of them, and in any folder.
 *
 * @throws when package.json does not have it
 */
export function commandOf(script: string): string {
  const command = scripts[script];
  if (command === undefined) throw new Error(`package.json has no script ${script}.`);
  return command
    .replace(/^exec (scripts\/run-built\.sh \S+ )?/, '')
    .replace(/^npm /, `npm --prefix '${ROOT}' `)
    .replace(/^node (\S+)\/dist\/(\S+)\.js/, `node --conditions=@signa/source --import '${TSX}' '${ROOT}$1/src/$2.ts'`);
}

const TSX = import.meta.resolve('tsx');

/** One shell that is told one thing after the other. */
export class Shell {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  /** The processes of the servers. */
  readonly #servers: number[] = [];
  #isClosed = false;
  #shown = '';

  constructor(cwd: string, env: Record<string, string>) {
    const { PATH, HOME } = process.env;
    this.#child = spawn('sh', ['-e'], { cwd, env: { PATH, HOME, ...env } });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#shown += text));
    this.#child.stdin!.on('error', () => {}); // It has ended, which `run` says better.
    this.#closed = once(this.#child, 'close').then(() => (this.#isClosed = true));
    this.#child.stdin!.write('exec 2>&1\n'); // A person sees both.
  }

  /**
   * Runs a command, and returns what it shows.
   *
   * @throws when it fails, with what it has shown; the shell has ended then
   */
  async run(command: string): Promise<string> {
    this.#shown = '';
    // A command that reads its input must not get those that follow.
    this.#child.stdin!.write(`{ ${command}\n} </dev/null\nprintf '\\004'\n`);
    while (!this.#shown.endsWith('\x04')) {
      if (this.#isClosed) throw new Error(`It failed: ${command}\n${this.#shown}`);
      await sleep(10);
    }
    return this.#shown.slice(0, -1);
  }

  /** Runs a server until the shell is closed, and returns when it answers. */
  async serve(command: string, url: string): Promise<void> {
    const log = `server-${this.#servers.length}.log`;
    this.#servers.push(Number(await this.run(`${command} >${log} 2>&1 &\necho "$!"`)));
    for (const end = Date.now() + 30_000; (await fetch(url).catch(() => null)) === null; await sleep(50)) {
      if (Date.now() > end) throw new Error(`It does not answer: ${command}\n${await this.run(`cat ${log}`)}`);
    }
  }

  async close(): Promise<void> {
    for (const server of this.#servers) process.kill(server, 'SIGTERM');
    this.#child.stdin!.end();
    await this.#closed;
  }
}
