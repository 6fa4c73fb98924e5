import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { ask } from '../ask.ts';
import { integrityOf } from '../integrity.ts';
import { withService } from '../service.ts';
import { toolPath } from '../tools.ts';
import type { Trial } from '../trial.ts';

export const trial: Trial = {
  row: 15,
  promise: 'Migrations are safe',
  async run(full, tell) {
    const rounds = full ? 20 : 4;
    const right = await withService(async (service) => {
      await service.start();
      return schemaOf(service.database);
    });
    let together = 0;
    for (let round = 0; round < rounds; round += 1) {
      tell(`two at once, ${round + 1} of ${rounds}`);
      if (await startTwo(right)) together += 1;
    }
    let recovered = 0;
    let halfWay = 0;
    for (let round = 0; round < rounds; round += 1) {
      tell(`killed half-way, ${round + 1} of ${rounds}`);
      // Spread over the writes of the migrations, each of which syncs; a few beyond them.
      const result = await killAtSync(1 + Math.floor((round * 20) / rounds), right);
      if (result.recovered) recovered += 1;
      if (result.halfWay) halfWay += 1;
    }
    tell('a rerun, and a newer schema');
    const rerun = await runAgain(right);
    const refused = await startOnNewerSchema();
    return {
      did: `SQLite: two instances at once ${rounds} times; killed at one of the first syncs ${rounds} times, ${halfWay} with the schema half made`,
      figure:
        `schema right in ${together} and ${recovered} of ${rounds}, ` +
        `a rerun ${rerun ? 'changes nothing' : 'CHANGES IT'}, a newer schema is ${refused ? 'refused' : 'NOT REFUSED'}`,
      passed: together === rounds && recovered === rounds && halfWay > 0 && rerun && refused,
    };
  },
};

/** Whether both serve, with one schema and one organization between them. */
function startTwo(right: string): Promise<boolean> {
  return withService(async (service) => {
    const first = service.spawn();
    // From both within the same millisecond to one a little later than the other.
    await sleep(randomInt(0, 30));
    const servers = await Promise.all([first.ready(), service.spawn().ready()]);
    const answers = await Promise.all(
      servers.map(({ url }) => ask(url, { path: '/v1/organization', key: service.firstKey })),
    );
    return (
      answers.every(({ status }) => status === 200) &&
      schemaOf(service.database) === right &&
      read(service.database, 'SELECT count(*) FROM organizations') === 1 &&
      integrityOf(service.database) === 'ok'
    );
  });
}

/** Kills a first start just before its nth sync, and starts again. */
function killAtSync(nth: number, right: string) {
  return withService(async (service) => {
    const killed = service.spawn({
      under: [
        toolPath('strace'),
        '-D',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        'trace=fsync,fdatasync',
        '-e',
        `inject=fsync,fdatasync:signal=SIGKILL:when=${nth}`,
      ],
    });
    // Where it does not sync that often, it is killed once it serves.
    await Promise.race([killed.ready().catch(() => null), killed.exited]);
    if (killed.isRunning) killed.kill('SIGKILL');
    await killed.exited;
    const halfWay = isHalfMade(service.database, right);
    const server = await service.start();
    // A first key that was made but not told is a matter of the first start, not of the schema.
    const { status } = await ask(server.url, { path: '/health/ready' });
    const recovered = status === 200 && schemaOf(service.database) === right && integrityOf(service.database) === 'ok';
    return { recovered, halfWay };
  });
}

function isHalfMade(database: string, right: string): boolean {
  try {
    return schemaOf(database) !== right;
  } catch {
    return true; // not even a file
  }
}

function runAgain(right: string): Promise<boolean> {
  return withService(async (service) => {
    for (let i = 0; i < 2; i += 1) {
      const server = await service.start();
      server.kill('SIGTERM');
      await server.exited;
    }
    return schemaOf(service.database) === right;
  });
}

function startOnNewerSchema(): Promise<boolean> {
  return withService(async (service) => {
    const server = await service.start();
    server.kill('SIGTERM');
    await server.exited;
    const database = new Database(service.database);
    const version = (database.pragma('user_version', { simple: true }) as number) + 1;
    database.pragma(`user_version = ${version}`);
    database.close();
    const newer = schemaOf(service.database);
    const refused = service.spawn();
    const exit = await refused.exited;
    return exit === 1 && refused.stderr.includes(`schema ${version}`) && schemaOf(service.database) === newer;
  });
}

/** All that a schema is, `schema_version` included, which counts each change of it. */
function schemaOf(file: string): string {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const objects = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();
    const versions = ['user_version', 'schema_version'].map((name) => database.pragma(name, { simple: true }));
    return JSON.stringify([versions, objects]);
  } finally {
    database.close();
  }
}

function read(file: string, sql: string): unknown {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return database.prepare(sql).pluck().get();
  } finally {
    database.close();
  }
}
