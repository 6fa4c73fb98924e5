import { callerOf, type ResourceServer } from '@signa/resource-server';
import express, { type Express } from 'express';
import { searchTrademarks } from './trademarks.ts';

/** An API that API keys open. Whether a key does is decided before the handler; here it only says which scope it takes. */
export function createApp({ requireScopes }: Pick<ResourceServer, 'requireScopes'>): Express {
  const app = express();
  app.disable('x-powered-by');

  app.get('/trademarks', requireScopes('trademarks:read'), (request, response) => {
    const { q } = request.query;
    if (typeof q !== 'string' || q === '') {
      response.status(400).json({ error: 'invalid_request', error_description: 'Say what to search for: ?q=lumora' });
      return;
    }
    // Whose request it is: by this a real service would bill, limit, or choose what to show.
    const { organizationId } = callerOf(request);
    response.json({ object: 'list', data: searchTrademarks(q), organization_id: organizationId });
  });

  app.use((_request, response) => {
    response.status(404).json({ error: 'not_found', error_description: 'There is only GET /trademarks?q=…' });
  });
  return app;
}
