import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A process of its own that lives no longer than the test. */
export type TestProcess = ChildProcessByStdio<Writable, Readable, null>;

/** Runs a program of this folder. */
export function startProcess(program: string, file: string): TestProcess {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => kill(child));
  return child;
}

/** Ends a process at once, as a crash or a power cut would, and waits until it is gone. */
export async function kill(child: TestProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
