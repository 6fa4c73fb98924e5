const INTERVAL_MS = 100;

/** Tells somebody at a terminal how far a long command has come. */
export interface Progress {
  tell(what: string): void;
  /** Leaves nothing of it on the screen. */
  end(): void;
}

/** On one line of standard error that is written over again and again; nothing where that is no terminal. */
export function terminalProgress(): Progress {
  let toldAt: number | null = null;
  return {
    tell(what) {
      const now = performance.now();
      if (!process.stderr.isTTY || (toldAt !== null && now - toldAt < INTERVAL_MS)) return;
      toldAt = now;
      process.stderr.write(`\r\u001b[K${what}…`);
    },
    end() {
      if (toldAt !== null) process.stderr.write('\r\u001b[K');
    },
  };
}
