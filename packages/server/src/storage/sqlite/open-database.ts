import Database from 'better-sqlite3';

/** All connections and statements that were ever made. */
const made = new Set<object>();

/**
 * Opens a database file that exists, as better-sqlite3 does, but so that nothing of it is ever garbage-collected.
 *
 * From Node 24.19 on, the destructor of better-sqlite3 12's objects ends the process when the collector runs while no
 * JavaScript does, as it does in an idle server. Version 13 has mended that, and crashes on Node 20. There are few of
 * these objects, because each statement is prepared once for a connection, and a process opens one store.
 */
export function openDatabase(file: string, options: Database.Options): Database.Database {
  const database = keep(new Database(file, { fileMustExist: true, timeout: 0, ...options }));
  const prepare = database.prepare.bind(database);
  database.prepare = ((sql: string) => keep(prepare(sql))) as typeof database.prepare;
  // Its own makes a statement that nobody could keep. Of a pragma's answer, as with its option `simple`, the value is returned.
  database.pragma = (source) => {
    const statement = database.prepare(`PRAGMA ${source}`);
    return statement.reader ? statement.pluck().get() : statement.run();
  };
  return database;
}

function keep<T extends object>(object: T): T {
  made.add(object);
  return object;
}
