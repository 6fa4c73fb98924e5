import type { ServerResponse } from 'node:http';

/** Answers in JSON. Nothing may store the answer: a key that is refused now can be admitted a second later. */
export function sendJson(
  response: ServerResponse,
  { status, headers, body }: { status: number; headers?: Readonly<Record<string, string>>; body: object },
): void {
  const payload = JSON.stringify(body);
  response
    .writeHead(status, {
      ...headers,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(payload),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(payload);
}
