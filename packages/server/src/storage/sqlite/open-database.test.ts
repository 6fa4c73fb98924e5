import Database from 'better-sqlite3';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createOrganization, insertKey } from '../conformance/given.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('no statement is ever garbage-collected, which on Node 24 would end the process', async () => {
  const collected: string[] = [];
  const registry = new FinalizationRegistry<string>((sql) => collected.push(sql));
  const { prepare, pragma } = Database.prototype;
  let prepared = 0;
  let pragmas = 0;
  // By hand: a spy would keep what it returns.
  Database.prototype.prepare = function (this: Database.Database, sql: string) {
    const statement = prepare.call(this, sql);
    prepared += 1;
    registry.register(statement, sql);
    return statement;
  } as typeof prepare;
  Database.prototype.pragma = function (this: Database.Database, source: string, options?: Database.PragmaOptions) {
    pragmas += 1;
    return pragma.call(this, source, options);
  } as typeof pragma;
  onTestFinished(() => void Object.assign(Database.prototype, { prepare, pragma }));

  await openAndClose();
  const control = makeGarbage(registry);
  await sleep(10); // lets go of what this turn of the event loop still holds
  await vi.waitFor(async () => {
    collectGarbage();
    await sleep(10);
    expect(collected).toContain(control);
  });
  expect(collected).toEqual([control]);
  expect(prepared).toBeGreaterThan(20);
  expect(pragmas).toBe(0);
});

async function openAndClose(): Promise<void> {
  const store = await openSqliteStore({ file: temporaryFile() });
  await insertKey(store, await createOrganization(store, 'Acme'));
  await store.close();
}

/** The proof that what is not kept would be seen to go. */
function makeGarbage(registry: FinalizationRegistry<string>): string {
  registry.register({}, 'garbage');
  return 'garbage';
}
