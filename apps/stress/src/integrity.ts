import Database from 'better-sqlite3';

/** What SQLite finds wrong with a database, or `ok`. Also while a server works on it. */
export function integrityOf(file: string): string {
  return read(file, 'PRAGMA integrity_check') as string;
}

/**
 * How many keys of a database are without the event of their creation in the audit trail, or the other way round. Both are written
 * together or not at all.
 */
export function countHalfWritten(file: string): number {
  const keys = 'SELECT count(*) FROM api_keys';
  const events = `SELECT count(*) FROM audit_events WHERE bytes ->> 'action' = 'api_key.created'`;
  return Math.abs((read(file, keys) as number) - (read(file, events) as number));
}

function read(file: string, sql: string): unknown {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return database.prepare(sql).pluck().get();
  } finally {
    database.close();
  }
}
