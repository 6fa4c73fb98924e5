import { type Connection, configureWriter, openReader, openWriter } from './connection.ts';
import { migrate, refuseForeignDatabase } from './migrate.ts';
import { retryWhileBusy } from './retry-while-busy.ts';

/** Long enough for another process, started at the same time, to migrate a large database. */
const OPEN_WAIT_MS = 5000;

/** The two connections to one database that a store works with. */
export interface Connections {
  readonly writer: Connection;
  readonly reader: Connection;
}

/**
 * Opens a database file that exists, even if it is empty, and brings its schema up to date. Rejects with SQLite's error
 * or a sentence for the operator, and leaves nothing open then.
 *
 * @throws {StoreBusyError} when another process keeps the file locked for 5 seconds
 */
export async function openConnections(file: string): Promise<Connections> {
  const deadline = performance.now() + OPEN_WAIT_MS;
  const writer = openWriter(file);
  try {
    await retryWhileBusy(() => {
      refuseForeignDatabase(writer);
      configureWriter(writer);
      migrate(writer);
    }, deadline);
    return { writer, reader: openReader(file) };
  } catch (error) {
    writer.close();
    throw error;
  }
}

/** The writer goes last, because the last to close folds the WAL into the database, which a reader cannot. */
export function closeConnections({ writer, reader }: Connections): void {
  reader.close();
  writer.close();
}
