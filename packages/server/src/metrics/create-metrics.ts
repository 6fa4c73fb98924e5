import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { LastUsedRecorder } from '../last-used.ts';
import type { RequestLogRecorder } from '../request-logs/recorder.ts';
import type { Store } from '../storage/store.ts';
import type { Metrics } from './metrics.ts';
import { requestMetrics } from './request-metrics.ts';

/** What is looked at whenever somebody asks for the metrics. */
export interface MetricsSources {
  readonly store: Pick<Store, 'checkHealth' | 'poolStatus' | 'waitingWrites'>;
  readonly lastUsed: Pick<LastUsedRecorder, 'waiting'>;
  readonly requestLogs: Pick<RequestLogRecorder, 'waiting' | 'dropped'>;
  /** Whether the process takes requests. */
  readonly isAccepting: () => boolean;
  readonly version: string;
  /** Also measures the process: memory, CPU time, descriptors, garbage collection, the delay of the event loop. One per process. */
  readonly ofProcess: boolean;
}

/** Metrics in a registry of their own: nothing is shared by two servers in one process. */
export function createMetrics(sources: MetricsSources): Metrics {
  const { store, lastUsed, requestLogs, isAccepting, version, ofProcess } = sources;
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });

  const buildInfo = new Gauge({
    name: 'signa_build_info',
    help: 'Always 1; the label is the version that runs.',
    labelNames: ['version'],
    registers: [registry],
  });
  buildInfo.set({ version }, 1);
  registry.registerMetric(
    new Counter({
      name: 'signa_request_log_rows_dropped_total',
      help: 'Rows of request logs that were given up because too many waited to be written.',
      registers: [],
      collect() {
        this.reset();
        this.inc(requestLogs.dropped);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'signa_background_writes_waiting',
      help: 'What waits to be written off the path of requests: rows of request logs, and keys whose last use is noted.',
      labelNames: ['kind'],
      registers: [],
      collect() {
        this.set({ kind: 'request_logs' }, requestLogs.waiting);
        this.set({ kind: 'key_uses' }, lastUsed.waiting);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'signa_database_pool_connections',
      help: 'Connections to PostgreSQL, by what they do: idle or busy. SQLite has none.',
      labelNames: ['state'],
      registers: [],
      collect() {
        const status = store.poolStatus?.();
        if (status === undefined) return;
        this.set({ state: 'idle' }, status.idle);
        this.set({ state: 'busy' }, status.total - status.idle);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'signa_database_pool_waiting',
      help: 'Requests and background writes that wait for a connection to PostgreSQL. SQLite has none.',
      registers: [],
      collect() {
        const status = store.poolStatus?.();
        if (status === undefined) this.remove();
        else this.set(status.waiting);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'signa_database_writes_waiting',
      help: 'Changes that wait for the one writer of SQLite. PostgreSQL has no such queue.',
      registers: [],
      collect() {
        const waiting = store.waitingWrites?.();
        if (waiting === undefined) this.remove();
        else this.set(waiting);
      },
    }),
  );
  // Last, because they are collected in this order: what it does to the database is not to be seen in the gauges above.
  registry.registerMetric(
    new Gauge({
      name: 'signa_ready',
      help: 'Whether the process takes requests and its database can read and write, as /health/ready says: 1 or 0.',
      registers: [],
      async collect() {
        this.set(isAccepting() && (await isHealthy(store)) ? 1 : 0);
      },
    }),
  );

  return {
    ...requestMetrics(registry),
    expose: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

async function isHealthy(store: Pick<Store, 'checkHealth'>): Promise<boolean> {
  try {
    await store.checkHealth();
    return true;
  } catch {
    // Why, `/health/ready` has logged.
    return false;
  }
}
