import { Counter, Histogram, type Registry } from 'prom-client';
import { description } from '../contract/description.ts';
import { readOperations } from '../contract/operations.ts';
import type { AuthenticationFailure } from '../errors/unauthorized-error.ts';
import type { Budget } from '../limits/limiter.ts';
import { UNROUTED } from '../unrouted.ts';
import type { Metrics } from './metrics.ts';

/** Those that people send. Node's parser knows some thirty more, which would each be a time series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** The name for any other, as OpenTelemetry has it. */
const OTHER_METHOD = '_OTHER';

/** From what a read takes to the time-out of a request, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const FAILURES: Readonly<Record<AuthenticationFailure | 'too_many', true>> = {
  missing: true,
  malformed: true,
  unknown: true,
  revoked: true,
  expired: true,
  replaced: true,
  too_many: true,
};

const BUDGETS: Readonly<Record<Budget, true>> = {
  reads: true,
  writes: true,
  revocations: true,
  refusals: true,
  introspections: true,
};

/** Registers what is counted of requests. Whatever can be named beforehand begins at 0, so that the first of its kind is a rise. */
export function requestMetrics(
  registry: Registry,
): Pick<Metrics, 'countRequest' | 'countMalformed' | 'countRefusedConnection'> {
  const registers = [registry];
  const operations = [...readOperations(description).map(({ id }) => id), UNROUTED.id];

  const requests = new Counter({
    name: 'http_server_requests_total',
    help: 'Requests that were answered, by operation, method and status.',
    labelNames: ['operation', 'method', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer, by operation.',
    labelNames: ['operation'],
    buckets: BUCKETS,
    registers,
  });
  const cutOff = new Counter({
    name: 'http_server_requests_cut_off_total',
    help: 'Requests whose client was gone before all of the answer was out, by operation.',
    labelNames: ['operation'],
    registers,
  });
  const errors = new Counter({
    name: 'http_server_errors_total',
    help: 'Requests that failed, by operation and the code of the error.',
    labelNames: ['operation', 'code'],
    registers,
  });
  const failures = new Counter({
    name: 'signa_authentication_failures_total',
    help: 'Requests that did not authenticate, by reason; too_many counts those answered 429, whatever they came with.',
    labelNames: ['reason'],
    registers,
  });
  const refusals = new Counter({
    name: 'signa_limit_refusals_total',
    help: 'Requests that were refused because a limit was used up, by budget.',
    labelNames: ['budget'],
    registers,
  });
  const refusedConnections = new Counter({
    name: 'signa_connections_refused_total',
    help: 'Connections that were closed at once, because too many were open.',
    registers,
  });
  for (const operation of operations) {
    durations.zero({ operation });
    cutOff.inc({ operation }, 0);
  }
  for (const reason of Object.keys(FAILURES)) failures.inc({ reason }, 0);
  for (const budget of Object.keys(BUDGETS)) refusals.inc({ budget }, 0);

  return {
    countRequest({ context, method, status, durationMs }) {
      const operation = context.operation?.id ?? UNROUTED.id;
      durations.observe({ operation }, durationMs / 1000);
      if (status === null) cutOff.inc({ operation });
      else requests.inc({ operation, method: METHODS.has(method) ? method : OTHER_METHOD, status });
      if (context.errorCode !== undefined) errors.inc({ operation, code: context.errorCode });
      if (context.authenticationFailure !== undefined) failures.inc({ reason: context.authenticationFailure });
      if (context.exhaustedBudget !== undefined) refusals.inc({ budget: context.exhaustedBudget });
    },
    countMalformed(code, status) {
      requests.inc({ operation: UNROUTED.id, method: OTHER_METHOD, status });
      errors.inc({ operation: UNROUTED.id, code });
    },
    countRefusedConnection: () => refusedConnections.inc(),
  };
}
