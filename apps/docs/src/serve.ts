import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { portFromEnvironment, portInUse } from '@signa/scripts/port.ts';

const host = '127.0.0.1';

/** The folder of the built page; another one can be named on the command line. */
const folder = process.argv[2] ?? fileURLToPath(new URL('../dist', import.meta.url));

/** Shows the built page on this machine, with the policy that the API sends with it at `/docs`. */
async function serve(): Promise<void> {
  const port = portFromEnvironment('DOCS_PORT', 8080);
  const [page, policy] = await Promise.all([built('index.html'), built('content-security-policy.txt')]);

  const server = createServer((request, response) => {
    if (request.url !== '/') {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('The reference is at /.\n');
      return;
    }
    response
      .writeHead(200, {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': policy,
        'Cache-Control': 'no-cache',
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
      })
      .end(page);
  });
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw portInUse('DOCS_PORT', port, error);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
  process.stdout.write(`The reference is at http://${host}:${port}/ until you press Ctrl+C.\n`);
}

async function built(file: string): Promise<string> {
  return readFile(join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new Error('The reference is not built yet: run "npm run build -w @signa/docs" first.');
  });
}

try {
  await serve();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
