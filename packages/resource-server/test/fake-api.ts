import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createResourceServer, type IntrospectionError, type ResourceServerOptions } from '../src/index.ts';
import { serve } from './serve.ts';

/** Neither passes the checksum: they can never be live. */
export const secret = `sigrs_${'b'.repeat(52)}`;
export const token = `sig_${'a'.repeat(52)}`;

export const bearer = { Authorization: `Bearer ${token}` };

/** What introspection tells of an active key. */
export const active = {
  active: true,
  scope: 'trademarks:read billing:read',
  client_id: 'key_Pe5hI9jKw2nQ8rTx',
  sub: 'orgn_Zk3vB7mQx1sD9fLc',
  iat: 1_774_368_000,
  token_type: 'Bearer',
};

/** What the middleware makes of it. */
export const caller = {
  apiKeyId: active.client_id,
  organizationId: active.sub,
  scopes: ['trademarks:read', 'billing:read'],
};

interface Asked {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly form: Record<string, string>;
}

/** An API that answers what the test says, over a port, and a resource server that asks it. */
export class FakeApi {
  /** What introspection answers next. */
  answer: (response: ServerResponse) => void = (response) => void response.end(JSON.stringify(active));
  readonly asked: Asked[] = [];
  /** How many connections were ever opened. */
  connections = 0;
  readonly problems: IntrospectionError[] = [];
  url = '';

  static async start(): Promise<FakeApi> {
    const api = new FakeApi();
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const form = Object.fromEntries(new URLSearchParams(body));
      api.asked.push({ url: `${request.method} ${request.url}`, headers: request.headers, form });
      api.answer(response);
    });
    server.on('connection', () => (api.connections += 1));
    api.url = await serve(server);
    return api;
  }

  answers(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.answer = (response) =>
      void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  resourceServer(options: Partial<ResourceServerOptions> = {}) {
    return createResourceServer({
      baseUrl: this.url,
      id: 'rs_Yt4dF8kLq2wX6zNb',
      secret,
      onUnavailable: (error) => void this.problems.push(error),
      ...options,
    });
  }
}
