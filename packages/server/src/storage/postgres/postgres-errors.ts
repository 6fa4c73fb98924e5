import { DatabaseError } from 'pg';
import { StoreBusyError, StoreUnavailableError } from '../store.ts';

/** When PostgreSQL has undone what it refused, so that surely nothing was written, and waiting may help. */
const BUSY_CODES: Readonly<Record<string, string>> = {
  '40001': 'Another change was in the way.', // serialization_failure
  '40P01': 'Another change was in the way.', // deadlock_detected
  '53300': 'The database has no connection left.', // too_many_connections
  '55P03': 'The database is locked.', // lock_not_available
  '57014': 'The database took too long.', // query_canceled, by statement_timeout
};

/** What goes wrong outside of the program. Any other error of PostgreSQL's means that a statement of ours is wrong. */
const OUTSIDE_CAUSES = [
  '08', // the connection
  '25006', // a server that only reads, as a standby does
  '25P03', // the connection was idle in a transaction for too long
  '28', // the role or its password
  '3D000', // the database is gone
  '42501', // the role lacks a grant
  '53', // disk, memory
  '57P', // the server is shut down or just starting
  '58', // the disk
  'XX', // damaged data
];

/**
 * Says an error of a statement in the store's terms. What is no such error, or is a defect of this program, comes back as it is.
 */
export function toStoreError(error: unknown): unknown {
  if (error instanceof DatabaseError) {
    const code = error.code ?? '';
    const busy = BUSY_CODES[code];
    if (busy !== undefined) return new StoreBusyError(busy, { cause: error });
    if (!OUTSIDE_CAUSES.some((prefix) => code.startsWith(prefix))) return error;
    return new StoreUnavailableError(`The database failed: ${error.message} (${code}).`, { cause: error });
  }
  return isConnectionLoss(error) ? connectionFailed(error) : error;
}

/** Says in the store's terms why there is no connection. Nothing was written: no statement was sent yet. */
export function toConnectError(error: unknown): unknown {
  if (error instanceof DatabaseError) return toStoreError(error);
  if (isPoolTimeout(error)) return new StoreBusyError('All connections to the database are in use.', { cause: error });
  return connectionFailed(error);
}

/**
 * Says in the store's terms why a COMMIT failed. Whether it was carried out cannot be known from a lost connection; it must never be
 * repeated.
 */
export function toCommitError(error: unknown): unknown {
  return new StoreUnavailableError('The database did not confirm a commit.', { cause: error });
}

/** Whether the connection is of no use any more, or may still be busy with what was asked. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.severity === 'FATAL' || error.severity === 'PANIC';
  if (!(error instanceof Error) || error instanceof TypeError) return false;
  return 'code' in error || CONNECTION_MESSAGES.some((message) => error.message.startsWith(message));
}

/** Of the driver's own errors, which have no code. */
const CONNECTION_MESSAGES = [
  'Client has encountered a connection error',
  'Client was closed',
  'Connection terminated',
  'Query read timeout',
];

function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect';
}

function connectionFailed(cause: unknown): StoreUnavailableError {
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
  return new StoreUnavailableError(`The connection to the database failed: ${reason}.`, { cause });
}
