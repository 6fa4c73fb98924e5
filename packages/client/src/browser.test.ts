import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { errorExamples, identity } from '../test/answers.ts';
import { bundle } from '../test/bundle.ts';
import { sendJson, serve } from '../test/serve.ts';

/** The browser of the system: none is downloaded. */
const chromium = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** What the page does: one call each way, and the server hears how they went. Each path stands for an installation. */
const script = `
  import { createClient, unwrap } from '/client.js';
  const apiKey = 'sig_' + 'a'.repeat(52);
  const at = (path, options) => createClient({ baseUrl: location.origin + path, apiKey, retries: 1, ...options });
  const get = (path, options, init) => unwrap(at(path, options).GET('/v1/organization', init));
  const post = (path) => unwrap(at(path).POST('/v1/organization/api-keys', { body: { name: 'A', scopes: [] } }));
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error('enough')), 50);
  const results = {};
  for (const [name, call] of Object.entries({
    success: () => get('/fine'),
    repeated: () => post('/busy-once'),
    timedOut: () => get('/silent', { timeoutMs: 100, retries: 0 }),
    lost: () => get('/lost', { retries: 0 }),
    redirected: () => get('/elsewhere'),
    aborted: () => get('/silent', {}, { signal: abort.signal }),
  })) {
    results[name] = await call().catch((error) => ({ ...error, name: error.name, message: error.message }));
  }
  await fetch('/results', { method: 'POST', body: JSON.stringify(results) });
`;

test.skipIf(!existsSync(chromium))('the client keeps its promises in a browser', async () => {
  const { code } = await bundle('esm');
  const elsewhere = await serve((_request, response) => sendJson(response, 200, identity));
  const created: string[] = [];
  let tell: (results: string) => void;
  const told = new Promise<string>((resolve) => (tell = resolve));

  const sendFile = (response: ServerResponse, type: string, text: string) =>
    response.writeHead(200, { 'Content-Type': type }).end(text);
  const answers: Record<string, (request: IncomingMessage, response: ServerResponse, body: string) => unknown> = {
    '': (_request, response) => sendFile(response, 'text/html', '<script type="module" src="script.js"></script>'),
    'script.js': (_request, response) => sendFile(response, 'text/javascript', script),
    'client.js': (_request, response) => sendFile(response, 'text/javascript', code),
    fine: (_request, response) => sendJson(response, 200, identity),
    'busy-once': (_request, response, body) =>
      created.push(body) === 1 ? sendJson(response, 503, errorExamples.StorageBusy) : sendJson(response, 201, identity),
    silent: () => {},
    lost: (request) => request.socket.destroy(),
    elsewhere: (_request, response) => response.writeHead(307, { Location: elsewhere.url }).end(),
    results: (_request, response, body) => response.end(() => tell(body)),
  };
  const { url } = await serve((request, response, body) => {
    const answer = answers[request.url!.split('/')[1]!];
    if (answer) answer(request, response, body);
    else response.writeHead(404).end();
  });

  const profile = await mkdtemp(join(tmpdir(), 'signa-chromium-'));
  const quiet = ['background-networking', 'component-update', 'sync', 'quic', 'gpu'].map((what) => `--disable-${what}`);
  const browser = spawn(
    chromium,
    ['--headless', '--no-sandbox', '--no-first-run', ...quiet, `--user-data-dir=${profile}`, `${url}/`],
    { stdio: 'ignore' },
  );
  const closed = new Promise((resolve) => browser.on('close', resolve));
  onTestFinished(async () => {
    browser.kill();
    await closed;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  expect(JSON.parse(await told)).toMatchObject({
    success: identity,
    repeated: identity,
    timedOut: { name: 'TimeoutError' },
    lost: { name: 'ConnectionError' },
    // Browsers hide where a redirect leads, and its status.
    redirected: { name: 'ApiError', status: 0 },
    aborted: { message: 'enough' },
  });
  expect(created).toEqual(['{"name":"A","scopes":[]}', '{"name":"A","scopes":[]}']);
  expect(elsewhere.received).toEqual([]);
});
