import { createHash } from 'node:crypto';
import { invalidRequest } from '../errors/api-error.ts';

const VERSION = 1;
const FINGERPRINT_BYTES = 8;

/** The cursors of one query. */
export interface Cursors<Name extends string> {
  encode(place: Readonly<Record<Name, number>>): string;

  /** @throws {ApiError} 400 for a cursor that was not made for this query */
  decode(cursor: string): Readonly<Record<Name, number>>;
}

/**
 * Makes and reads the cursors that ask for the rows after a place in the answer to a query.
 *
 * A cursor is bound to its query because a place means nothing in another, and place and query are fingerprinted together, so that a
 * cursor that was damaged on its way is refused. It needs no signature: whoever forges one gets no further than to another page of
 * their own organization's rows.
 *
 * @param query everything that decides which rows match, the organization included
 * @param names what a cursor carries, each a safe integer: where the page ended, and what the first page resolved and the others must
 *   keep, such as the bounds of a range that would move with the clock
 */
export function cursorsOf<const Name extends string>(query: readonly unknown[], names: readonly Name[]): Cursors<Name> {
  const length = 1 + 8 * names.length + FINGERPRINT_BYTES;
  const fingerprintOf = (numbers: readonly number[]) =>
    createHash('sha256')
      .update(JSON.stringify([...numbers, ...query]))
      .digest()
      .subarray(0, FINGERPRINT_BYTES);

  return {
    encode(place) {
      const bytes = Buffer.alloc(length);
      const numbers = names.map((name) => place[name]);
      bytes.writeUInt8(VERSION, 0);
      numbers.forEach((number, index) => bytes.writeBigInt64BE(BigInt(number), 1 + 8 * index));
      fingerprintOf(numbers).copy(bytes, length - FINGERPRINT_BYTES);
      return bytes.toString('base64url');
    },

    decode(cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      // Comparing the text, too: several texts decode to the same bytes, and only one of them was given out.
      const isOurs =
        bytes.length === length && bytes.readUInt8(0) === VERSION && bytes.toString('base64url') === cursor;
      const numbers = names.map((_, index) => (isOurs ? Number(bytes.readBigInt64BE(1 + 8 * index)) : 0));
      if (!isOurs || !bytes.subarray(-FINGERPRINT_BYTES).equals(fingerprintOf(numbers))) {
        throw invalidRequest([{ path: 'cursor', message: 'must be the cursor of a page of this same query' }]);
      }
      // The cast holds because there is one number for each name.
      return Object.fromEntries(names.map((name, index) => [name, numbers[index]])) as Record<Name, number>;
    },
  };
}
