import { Agent, type IncomingHttpHeaders, request } from 'node:http';

/** Connections that are kept, as those of a service that calls all the time. */
const KEPT = new Agent({ keepAlive: true });

export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly key?: string;
  /** What is not a text is sent as JSON. */
  readonly body?: unknown;
  /** An array is sent as that many headers. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** From sending the request until the answer was complete, in milliseconds. */
  readonly ms: number;
}

/**
 * Asks the service once. Rejects when no whole answer came.
 *
 * Not with the client of the project: that one repeats what failed, and what failed is counted here.
 */
export function ask(
  url: string,
  { method = 'GET', path, key, body, headers, agent = KEPT }: Question,
): Promise<Answer> {
  const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const sending = request(url + path, {
      method,
      agent,
      headers: {
        ...(key !== undefined && { Authorization: `Bearer ${key}` }),
        ...(sent !== undefined && {
          'Content-Type': 'application/json',
          'Content-Length': String(Buffer.byteLength(sent)),
        }),
        ...headers,
      },
    });
    sending.once('error', reject);
    sending.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, text, ms: performance.now() - start }),
      );
    });
    sending.end(sent);
  });
}

/** Asks for a new key. */
export function createKey(url: string, key: string, name: string, agent?: Agent): Promise<Answer> {
  return ask(url, {
    method: 'POST',
    path: '/v1/organization/api-keys',
    key,
    body: { name, scopes: ['trademarks:read'] },
    ...(agent !== undefined && { agent }),
  });
}

/** The secret in the answer to the creation of a key. */
export function secretOf({ text }: Answer): string {
  return (JSON.parse(text) as { key: string }).key;
}
