import { createHash } from 'node:crypto';
import { invalidRequest } from '../errors/api-error.ts';

const VERSION = 1;
const FINGERPRINT_BYTES = 8;
const LENGTH = 1 + 8 + FINGERPRINT_BYTES;

/**
 * Makes the cursor that asks for the rows after a position.
 *
 * It is bound to its query because a position means nothing in another, and position and query are fingerprinted together, so that
 * a cursor that was damaged on its way is refused. It needs no signature: whoever forges one gets no further than to another page of
 * their own organization's rows.
 *
 * @param position the sequence of the last row of the page
 * @param query everything that decides which rows match, the organization included
 */
export function encodeCursor(position: number, query: readonly unknown[]): string {
  const bytes = Buffer.alloc(LENGTH);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeBigUInt64BE(BigInt(position), 1);
  fingerprintOf(position, query).copy(bytes, 9);
  return bytes.toString('base64url');
}

/** @throws {ApiError} 400 for a cursor that was not made for this query */
export function decodeCursor(cursor: string, query: readonly unknown[]): number {
  const bytes = Buffer.from(cursor, 'base64url');
  // Comparing the text, too: several texts decode to the same bytes, and only one of them was given out.
  const isOurs = bytes.length === LENGTH && bytes.readUInt8(0) === VERSION && bytes.toString('base64url') === cursor;
  const position = isOurs ? Number(bytes.readBigUInt64BE(1)) : 0;
  if (!isOurs || !bytes.subarray(9).equals(fingerprintOf(position, query))) {
    throw invalidRequest([{ path: 'cursor', message: 'must be the cursor of a page of this same query' }]);
  }
  return position;
}

function fingerprintOf(position: number, query: readonly unknown[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([position, ...query]))
    .digest()
    .subarray(0, FINGERPRINT_BYTES);
}
