import { type Response, Router } from 'express';
import { FIXED_HEADERS } from './contract/headers.ts';
import { description } from './contract/description.ts';
import { contextOf } from './contract/context.ts';
import type { Dependencies } from './dependencies.ts';

/** Written once: it is large, and anybody may ask for it as often as they like. */
const DESCRIPTION = Buffer.from(JSON.stringify(description));

/** What is served beside the operations, to anybody: health, the description itself, and the reference docs. */
export function servicePages({ store, isAccepting, log, docs }: Dependencies): Router {
  const router = Router({ strict: true, caseSensitive: true });

  // The process runs and answers. Says nothing of the database: restarting the process would not mend that.
  router.get('/health/live', (_request, response) => send(response, 200, { status: 'ok' }));

  router.get('/health/ready', async (_request, response) => {
    if (!isAccepting()) {
      send(response, 503, { status: 'stopping' });
      return;
    }
    try {
      await store.checkHealth();
      send(response, 200, { status: 'ok' });
    } catch (error) {
      log.warn({ err: error }, 'Not ready: the database does not answer.');
      send(response, 503, { status: 'storage_unavailable' });
    }
  });

  router.get('/v1/openapi.json', (_request, response) => send(response, 200, DESCRIPTION));

  if (docs !== undefined) {
    const page = Buffer.from(docs.html);
    router.get(['/docs', '/docs/'], (_request, response) => {
      response
        .set({ ...FIXED_HEADERS, 'Content-Security-Policy': docs.contentSecurityPolicy, 'Cache-Control': 'no-cache' })
        .type('html')
        .send(page);
    });
  }
  return router;
}

/** @param body what is written as JSON, or is it already */
function send(response: Response, status: number, body: object): void {
  response
    .status(status)
    .set({ ...FIXED_HEADERS, 'X-Request-Id': contextOf(response).requestId })
    .type('json')
    .send(Buffer.isBuffer(body) ? body : JSON.stringify(body));
}
