import { constants } from 'node:os';

type StopSignal = 'SIGTERM' | 'SIGINT';

/** One Ctrl-C under `npm start` arrives twice: from the terminal, and again from npm, which passes it on. */
const ONE_CTRL_C_MS = 1_000;

/**
 * Resolves with the first signal that asks the process to stop. A later one ends it at once, because whoever sends a second does
 * not want to wait.
 */
export function stopSignal(): Promise<StopSignal> {
  return new Promise((resolve) => {
    let first: number | null = null;
    const onSignal = (signal: StopSignal) => {
      if (first === null) {
        first = performance.now();
        resolve(signal);
      } else if (performance.now() - first >= ONE_CTRL_C_MS) {
        process.exit(128 + constants.signals[signal]);
      }
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
