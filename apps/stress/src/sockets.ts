import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 100;

/** How many files and sockets a process has open. */
export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export interface SocketWatch {
  /** For how long each socket that was opened since was held, in milliseconds; the open ones until now. */
  end(): Promise<number[]>;
  /** How many were open at once at most. */
  readonly most: number;
}

/** Watches for how long a process holds its sockets, as the system sees it. To 0.1 s. */
export function watchSockets(pid: number): SocketWatch {
  const before = new Set(socketsOf(pid));
  const seen = new Map<string, { first: number; last: number }>();
  let most = 0;
  const end = new AbortController();
  const watch = (async () => {
    while (!end.signal.aborted) {
      const now = performance.now();
      const sockets = socketsOf(pid).filter((socket) => !before.has(socket));
      most = Math.max(most, sockets.length);
      for (const socket of sockets) seen.set(socket, { first: seen.get(socket)?.first ?? now, last: now });
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    get most() {
      return most;
    },
    async end() {
      end.abort();
      await watch;
      return [...seen.values()].map(({ first, last }) => last - first + LOOK_EVERY_MS);
    },
  };
}

function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
      return target.startsWith('socket:') ? [target] : [];
    } catch {
      return []; // closed meanwhile
    }
  });
}
