import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { areScopes, type ResourceServer } from '../create-resource-server.ts';
import { sendJson } from '../send-json.ts';

/** Longer than the 60 s for which nginx keeps its connections: whoever closes first is not surprised by a request. */
const KEEP_ALIVE_MS = 65_000;

/** What the gateway asks, by the URL in its configuration. */
interface Question {
  readonly scopes: readonly string[];
  /** The status that lets the request pass. */
  readonly yes: 200 | 204;
}

/**
 * The server that a gateway asks about each request before it lets it pass:
 *
 * - `/authorize?scope=trademarks:read` answers 204; `scope` can be repeated or hold several, separated by spaces. For nginx.
 * - `/authorize/trademarks:read/…` answers 200; several are joined by `+`. For Envoy, which appends the client's own path and query
 *   and takes no other status for a yes.
 *
 * Either with `X-Signa-Key-Id`, `X-Signa-Organization-Id` and `X-Signa-Scopes`; or 401, 403 or 503, as the middleware. The scopes
 * come from the URL, which is the gateway's, and the key from the Authorization header, which is the client's; the method does not
 * matter. A URL that names no scope, or nothing that can be one, is a mistake in the gateway's configuration: 500, so that the
 * mistake closes the door.
 */
export function createAuthorizeServer({ authorize }: Pick<ResourceServer, 'authorize'>): Server {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const question = readQuestion(request.url ?? '');
    if (question === null) {
      sendJson(response, { status: 404, body: { error: 'not_found', error_description: 'Ask at /authorize.' } });
      return;
    }
    if (!areScopes(question.scopes)) {
      const description = "The gateway's configuration does not say which scope is required.";
      sendJson(response, { status: 500, body: { error: 'server_error', error_description: description } });
      return;
    }
    const decision = await authorize(request, question.scopes);
    if (!decision.admitted) {
      sendJson(response, decision);
      return;
    }
    const { apiKeyId, organizationId, scopes } = decision.caller;
    response
      .writeHead(question.yes, {
        'X-Signa-Key-Id': apiKeyId,
        'X-Signa-Organization-Id': organizationId,
        'X-Signa-Scopes': scopes.join(' '),
        'Cache-Control': 'no-store',
      })
      .end();
  }

  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    answer(request, response).catch(() => {
      // Nothing that is known throws. A connection that is cut off is no yes either.
      response.destroy();
    });
  });
}

function readQuestion(url: string): Question | null {
  const [path, query = ''] = url.split('?', 2) as [string, string?];
  if (path === '/authorize') {
    const scopes = new URLSearchParams(query).getAll('scope').flatMap((text) => text.split(' '));
    return { scopes, yes: 204 };
  }
  // What follows the scopes is the client's, and does not matter.
  const inPath = /^\/authorize\/([^/]*)/.exec(path)?.[1];
  return inPath === undefined ? null : { scopes: inPath.split('+'), yes: 200 };
}
