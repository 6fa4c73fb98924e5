import { startPostgres, type ThrowawayPostgres } from '@signa/scripts/postgres.ts';
import { afterAll, beforeAll } from 'vitest';

/** A PostgreSQL that the tests of a file share, in which each makes databases of its own. */
export interface TestPostgres {
  readonly server: ThrowawayPostgres;
  /** Makes an empty database and returns its superuser's URL. */
  createDatabase(): Promise<string>;
  /** Makes a role that may do nothing but sign in, and returns its URL of a database and its name. */
  createRole(url: string): Promise<{ url: string; role: string }>;
}

/** Starts PostgreSQL before the tests of a file and closes it behind them. */
export function usePostgres(): TestPostgres {
  let server: ThrowawayPostgres | undefined;
  let made = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.close());
  const started = () => {
    if (server === undefined) throw new Error('PostgreSQL runs only while tests do.');
    return server;
  };
  return {
    get server() {
      return started();
    },
    async createDatabase() {
      const name = `test_${++made}`;
      await started().query(`CREATE DATABASE ${name}`);
      return started().url(name);
    },
    async createRole(url) {
      const role = `role_${++made}`;
      await started().query(`CREATE ROLE ${role} LOGIN PASSWORD 'sesame'`);
      const asRole = new URL(url);
      asRole.username = role;
      asRole.password = 'sesame';
      return { url: asRole.href, role };
    },
  };
}
