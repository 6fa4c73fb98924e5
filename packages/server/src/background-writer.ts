const INTERVAL_MS = 1_000;

/** Writes what others gather, off the path of requests. */
export interface BackgroundWriter {
  /** Says that something has been gathered. It is written within about a second. */
  notify(): void;
  /** Says that much has been gathered: it is written at once. */
  hurry(): void;
  /** Writes what is left, and nothing more after that. */
  close(): Promise<void>;
}

interface Gathered {
  readonly isEmpty: () => boolean;
  /** Writes some of it. Returns whether that went well; when not, it keeps what it could not write. Never rejects. */
  readonly write: () => Promise<boolean>;
}

/** Writes once a second while there is something to write, never twice at a time. After a failure it waits for the next second. */
export function createBackgroundWriter({ isEmpty, write }: Gathered): BackgroundWriter {
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<unknown> | null = null;
  let isClosed = false;

  function schedule(delay: number): void {
    if (isClosed || writing !== null || timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      writing = write().finally(() => {
        writing = null;
        if (!isEmpty()) schedule(INTERVAL_MS);
      });
    }, delay).unref();
  }

  function cancel(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  return {
    notify: () => schedule(INTERVAL_MS),
    hurry() {
      if (writing !== null) return;
      cancel();
      schedule(0);
    },
    async close() {
      isClosed = true;
      cancel();
      await writing;
      while (!isEmpty() && (await write()));
    },
  };
}
