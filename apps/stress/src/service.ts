import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApiBundle,
  ApiProcess,
  type ApiProcessOptions,
  type ApiServer,
  bundleApi,
} from '@signa/scripts/api-process.ts';

/** Whoever is refused for being too many tries nothing else. */
const UNLIMITED = {
  RATE_LIMIT_READS: '1000000',
  RATE_LIMIT_WRITES: '1000000',
  RATE_LIMIT_FAILED_AUTHENTICATIONS: '1000000',
};

let bundled: Promise<ApiBundle> | null = null;

/** The sources in one file, made once for all trials. */
function bundle(): Promise<ApiBundle> {
  bundled ??= bundleApi().then((made) => {
    process.once('exit', () => made.remove());
    return made;
  });
  return bundled;
}

/** The service on a data folder of its own: the processes that a trial starts, kills and starts again. */
export class Service {
  readonly folder: string;
  readonly dataDir: string;
  readonly #bundle: ApiBundle;
  readonly #processes: ApiProcess[] = [];

  constructor(made: ApiBundle, dataDir?: string) {
    this.#bundle = made;
    this.folder = mkdtempSync(join(tmpdir(), 'signa-stress-'));
    this.dataDir = dataDir ?? join(this.folder, 'data');
  }

  get database(): string {
    return join(this.dataDir, 'signa.db');
  }

  /** The key that the first start leaves. It may do everything. */
  get firstKey(): string {
    return readFileSync(join(this.dataDir, 'first-key'), 'utf8').trimEnd();
  }

  /** Starts a process without waiting for it. No limits unless `env` sets them. */
  spawn(options: ApiProcessOptions = {}): ApiProcess {
    const spawned = new ApiProcess(this.#bundle, this.dataDir, { ...options, env: { ...UNLIMITED, ...options.env } });
    this.#processes.push(spawned);
    return spawned;
  }

  /** Starts a server and waits until it serves. */
  start(options?: ApiProcessOptions): Promise<ApiServer> {
    return this.spawn(options).ready();
  }

  async close(): Promise<void> {
    for (const left of this.#processes.filter(({ isRunning }) => isRunning)) {
      left.kill('SIGKILL');
      await left.exited;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Runs `work` with a service, of which nothing is left afterwards.
 *
 * @param dataDir where its data lies, when not in a folder of its own
 */
export async function withService<T>(work: (service: Service) => Promise<T>, dataDir?: string): Promise<T> {
  const service = new Service(await bundle(), dataDir);
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}
