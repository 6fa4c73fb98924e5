import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from './postgres.ts';

test('a PostgreSQL starts from what npm installs, and has after a crash what was committed', async () => {
  const postgres = await startPostgres({ durable: true });
  try {
    await postgres.query('CREATE TABLE kept AS SELECT 1 AS value');
    await postgres.kill();
    await postgres.start();
    const client = new Client(postgres.url('postgres'));
    await client.connect();
    expect((await client.query('SELECT value FROM kept')).rows).toEqual([{ value: 1 }]);
    await client.end();
  } finally {
    await postgres.close();
  }
});
