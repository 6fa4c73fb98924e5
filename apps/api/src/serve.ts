import { randomBytes } from 'node:crypto';
import {
  createApp,
  createLastUsedRecorder,
  createMetrics,
  createRequestLogRecorder,
  createServer,
  type Log,
  startPruning,
} from '@signa/server';
import { baseUrl } from './base-url.ts';
import { clock, steadyClock } from './clock.ts';
import type { Configuration } from './configuration.ts';
import { trackConnections } from './connections.ts';
import { dataFolder } from './data-folder.ts';
import { readDocsPage } from './docs-page.ts';
import { prepareFirstStart } from './first-start.ts';
import { listen } from './listen.ts';
import { openStore } from './open-store.ts';
import { serveMetrics } from './metrics-server.ts';
import { abandon, shutDown } from './shut-down.ts';
import { stopSignal } from './stop-signal.ts';
import { VERSION } from './version.ts';

/**
 * Runs the server until a signal stops it, or a disk that cannot be relied on.
 *
 * @returns the exit code
 * @throws {StartError}
 * @throws {StoreOpenError}
 */
export async function serve(configuration: Configuration, log: Log): Promise<number> {
  // First of all, so that a signal during the start does not cut it off half-way.
  const stop = stopSignal();
  const folder = dataFolder(configuration.dataDir);
  let onFailedSync!: (error: Error) => void;
  const failedSync = new Promise<Error>((resolve) => (onFailedSync = resolve));
  const store = await openStore(configuration, { onFailedSync });
  const lastUsed = createLastUsedRecorder(store, log);
  const requestLogs = createRequestLogRecorder(store, log, { clientAddresses: configuration.logClientAddresses });
  const docs = await readDocsPage(log);
  let accepting = false;
  const metrics =
    configuration.metrics &&
    createMetrics({ store, lastUsed, requestLogs, isAccepting: () => accepting, version: VERSION, ofProcess: true });
  const app = createApp({
    store,
    clock,
    steadyClock,
    random: randomBytes,
    log,
    lastUsed,
    requestLogs,
    isAccepting: () => accepting,
    limits: configuration.limits,
    failedAuthentications: configuration.failedAuthentications,
    ...(configuration.trustProxy !== null && { trustProxy: configuration.trustProxy }),
    validateResponses: configuration.validateResponses,
    ...(docs !== null && { docs }),
    ...(metrics !== null && { metrics }),
  });
  const server = createServer(app, {
    maxConnections: configuration.maxConnections,
    ...(metrics !== null && { metrics }),
  });
  const connections = trackConnections(server);

  // Never closed: who watches over the server sees it until it is gone.
  if (metrics !== null) await serveMetrics(metrics, configuration.metrics!, log);
  // Before the first key: when a port is taken, nothing must have been created whose key then scrolls away above an error.
  const port = await listen(server, configuration);
  server.on('error', (error) => log.error({ err: error }, 'A connection could not be accepted.'));
  const url = baseUrl(configuration.host, port);
  await prepareFirstStart({
    store,
    clock,
    random: randomBytes,
    log,
    folder,
    url,
    showToPerson: process.stdout.isTTY ? (text) => process.stdout.write(text) : null,
  });
  accepting = true;
  const pruning = startPruning({ store, clock, log }, configuration.logRetentionDays);
  log.info(
    { url, data_dir: folder.path, storage: configuration.databaseUrl === null ? 'sqlite' : 'postgresql' },
    'Ready.',
  );

  const end = await Promise.race([stop, failedSync]);
  if (end instanceof Error) {
    log.error(
      { err: end },
      'Ending: the disk did not confirm a write. The next start goes on from what is really on it.',
    );
    return abandon({ connections });
  }
  accepting = false;
  log.info({ signal: end }, 'Stopping: finishing what was accepted.');
  return shutDown({ connections, recorders: [lastUsed, requestLogs], pruning, store, log });
}
