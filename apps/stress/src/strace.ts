import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { toolPath } from './tools.ts';

export interface Tracing {
  /** Stops, unless the process has ended by itself, and tells the calls that were made, one a line. */
  end(): Promise<string[]>;
}

/**
 * Watches a running process's system calls.
 *
 * @param file where the calls are written down meanwhile
 * @param args what of them: `['-e', 'trace=fsync']`
 * @throws when strace is not installed, or may not watch
 */
export async function trace(pid: number, file: string, args: readonly string[]): Promise<Tracing> {
  const strace = spawn(toolPath('strace'), ['-f', '-p', String(pid), '-o', file, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const ended = once(strace, 'close');
  await new Promise<void>((resolve, reject) => {
    strace.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('attached')) resolve();
    });
    void ended.then(() => reject(new Error(`strace could not watch the server: ${said.trim()}`)));
  });
  return {
    async end() {
      strace.kill('SIGINT');
      await ended;
      return readFileSync(file, 'utf8').trimEnd().split('\n');
    },
  };
}
