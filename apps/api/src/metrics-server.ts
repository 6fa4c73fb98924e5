import type { Server } from 'node:http';
import { createServer, type Log, type Metrics, metricsPage } from '@signa/server';
import { baseUrl } from './base-url.ts';
import type { Configuration } from './configuration.ts';
import { listen } from './listen.ts';

/** Scrapes come from a few collectors, one at a time each. */
const MOST_CONNECTIONS = 50;

/**
 * Serves the metrics on a port of their own, which is to be reachable only for those who watch over the server.
 *
 * @throws {StartError} when it cannot be listened on
 */
export async function serveMetrics(
  metrics: Metrics,
  { port, host }: NonNullable<Configuration['metrics']>,
  log: Log,
): Promise<Server> {
  const server = createServer(metricsPage(metrics, log), { maxConnections: MOST_CONNECTIONS });
  const listening = await listen(server, { port, host }, { port: 'METRICS_PORT', host: 'METRICS_HOST' });
  server.on('error', (error) => log.error({ err: error }, 'A connection to the metrics could not be accepted.'));
  log.info({ url: `${baseUrl(host, listening)}/metrics` }, 'Metrics are served.');
  return server;
}
