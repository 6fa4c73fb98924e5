import type { RequestListener, ServerResponse } from 'node:http';
import type { Log } from '../dependencies.ts';
import type { Metrics } from './metrics.ts';

const PATH = '/metrics';

/** Answers `GET /metrics`, on a port that only those who watch over the server can reach. Nobody has to authenticate. */
export function metricsPage(metrics: Pick<Metrics, 'expose' | 'contentType'>, log: Log): RequestListener {
  return (request, response) => {
    // Nothing that is asked here has a body, so what comes is not waited for.
    request.resume();
    const [path] = (request.url ?? '').split('?');
    if (path !== PATH) return send(response, 404, `There is only ${PATH}.\n`);
    if (request.method !== 'GET') {
      response.setHeader('Allow', 'GET');
      return send(response, 405, `${PATH} can only be read.\n`);
    }
    metrics.expose().then(
      (text) => send(response, 200, text, metrics.contentType),
      (error: unknown) => {
        log.error({ err: error }, 'The metrics could not be collected.');
        send(response, 500, 'The metrics could not be collected.\n');
      },
    );
  };
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(text);
}
