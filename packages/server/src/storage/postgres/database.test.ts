import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreBusyError, StoreUnavailableError } from '../store.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { usePostgres } from './testing/use-postgres.ts';
import { cutConnectionsAt } from './testing/cut-connections-at.ts';

const postgres = usePostgres();

async function open(options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const database = new Database({ url: await postgres.createDatabase(), ...options });
  onTestFinished(() => database.close());
  await database.query('CREATE TABLE IF NOT EXISTS counts (name text UNIQUE, n bigint)');
  return database;
}

const countRows = async (database: Database) =>
  (await database.query<{ n: number }>('SELECT count(*) AS n FROM counts')).rows[0]!.n;

describe('a statement', () => {
  it('is prepared once on each connection', async () => {
    const database = await open({ poolSize: 1 });
    for (let n = 0; n < 3; n++) await database.query('INSERT INTO counts (n) VALUES (:n)', { n });
    const { rows } = await database.query<{ n: number }>(
      "SELECT count(*) AS n FROM pg_prepared_statements WHERE statement LIKE 'INSERT%'",
    );
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('that fails leaves its connection for others', async () => {
    const database = await open({ poolSize: 1 });
    const before = await database.query('SELECT pg_backend_pid()');
    await expect(database.query('SELECT 1 / 0')).rejects.toMatchObject({ code: '22012' });
    expect(await database.query('SELECT pg_backend_pid()')).toEqual(before);
  });

  it('waits for its connection no longer than 2 seconds, and nothing was written', async () => {
    const database = await open({ poolSize: 1 });
    let finish = () => {};
    const held = database.transaction(() => new Promise<void>((resolve) => (finish = resolve)));
    await expect(database.query('INSERT INTO counts (n) VALUES (1)')).rejects.toThrow(StoreBusyError);
    finish();
    await held;
    expect(await countRows(database)).toBe(0);
  });
});

describe('a transaction', () => {
  it('whose work swallowed a failure is not committed', async () => {
    const database = await open();
    const change = database.transaction(async (scope) => {
      await scope.query('INSERT INTO counts (n) VALUES (1)');
      await scope.query('SELECT 1 / 0').catch(() => {});
    });
    await expect(change).rejects.toMatchObject({ code: '22012' });
    expect(await countRows(database)).toBe(0);
  });

  it('is of no use once its work has ended', async () => {
    const database = await open();
    const kept = await database.transaction(async (scope) => scope);
    await expect(kept.query('INSERT INTO counts (n) VALUES (1)')).rejects.toThrow(Error);
    expect(await countRows(database)).toBe(0);
  });

  it('that waits for a lock gives up, having written nothing, while others read', async () => {
    const database = await open();
    await database.query('INSERT INTO counts (n) VALUES (1)');
    await database.transaction(async (scope) => {
      await scope.query('SELECT n FROM counts FOR UPDATE');
      const other = database.transaction(async (waiting) => {
        await waiting.query('INSERT INTO counts (n) VALUES (2)');
        await waiting.query('SELECT n FROM counts FOR UPDATE');
      });
      await Promise.all([expect(other).rejects.toThrow(StoreBusyError), countRows(database)]);
    });
    expect(await countRows(database)).toBe(1);
  });

  it('that is one of two which wait for each other gives up, and the other goes on', async () => {
    const database = await open();
    await database.query("INSERT INTO counts (name, n) VALUES ('a', 0), ('b', 0)");
    const swap = (...names: string[]) =>
      database.transaction(async (scope) => {
        for (const name of names) {
          await scope.query('UPDATE counts SET n = n + 1 WHERE name = :name', { name });
          await sleep(100);
        }
      });
    const outcomes = await Promise.allSettled([swap('a', 'b'), swap('b', 'a')]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const { reason } of refused) expect(reason).toBeInstanceOf(StoreBusyError);
    const { rows } = await database.query('SELECT DISTINCT n FROM counts');
    expect(rows).toEqual([{ n: 2 - refused.length }]);
  });

  it('whose connection is lost is reported as such, and the next one has a new connection', async () => {
    const database = await open({ poolSize: 1 });
    const change = database.transaction(async (scope) => {
      await scope.query('INSERT INTO counts (n) VALUES (1)');
      const { rows } = await scope.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await postgres.server.query(`SELECT pg_terminate_backend(${rows[0]!.pid})`);
      await scope.query('INSERT INTO counts (n) VALUES (2)');
    });
    await expect(change).rejects.toThrow(StoreUnavailableError);
    expect(await countRows(database)).toBe(0);
  });

  it.each([
    { when: 'before the database got its COMMIT', reaches: false, written: 0 },
    { when: 'after the database got its COMMIT', reaches: true, written: 1 },
  ])('whose connection is lost $when is reported as failed and not repeated', async ({ reaches, written }) => {
    const direct = await open();
    const { rows } = await direct.query<{ name: string }>('SELECT current_database() AS name');
    const url = await cutConnectionsAt('COMMIT\0', postgres.server.url(rows[0]!.name), { reaches });
    const cut = new Database({ url });
    onTestFinished(() => cut.close());

    let runs = 0;
    const change = cut.transaction(async (scope) => {
      runs += 1;
      await scope.query('INSERT INTO counts (n) VALUES (1)');
    });

    await expect(change).rejects.toThrow(StoreUnavailableError);
    await expect.poll(() => countRows(direct)).toBe(written);
    expect(runs).toBe(1);
  });
});

describe('closing', () => {
  it('waits for what was begun, and refuses what comes later', async () => {
    const url = await postgres.createDatabase();
    const database = await open({ url, poolSize: 1 });
    const writes = [1, 2, 3].map((n) => database.query('INSERT INTO counts (n) VALUES (:n)', { n }));
    await database.close();
    await Promise.all(writes);
    await expect(database.query('SELECT 1')).rejects.toThrow(StoreUnavailableError);
    expect(await countRows(await open({ url }))).toBe(3);
  });
});

it('rides out a crash of the database, also with idle connections', async () => {
  const database = await open();
  await Promise.all([countRows(database), countRows(database)]);
  await postgres.server.kill();
  await expect(countRows(database)).rejects.toThrow(StoreUnavailableError);
  await postgres.server.start();
  await expect.poll(() => countRows(database).catch((error: unknown) => error)).toBe(0);
});
