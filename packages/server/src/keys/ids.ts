import type { RandomSource } from '../dependencies.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 16;

/** The kinds of id that the service gives out. */
export type IdPrefix = 'key' | 'orgn' | 'req' | 'evt' | 'rs';

/** An id such as `key_Pe5hI9jKw2nQ8rTx`: a prefix that names the kind, and 16 letters and digits (95 bits) from `random`. */
export function generateId(prefix: IdPrefix, random: RandomSource): string {
  let id = '';
  while (id.length < LENGTH) {
    for (const byte of random(LENGTH + 4)) {
      // Bytes from 248 on are thrown away, because 256 is no multiple of 62 and the first letters would come more often.
      if (byte < 248 && id.length < LENGTH) id += ALPHABET[byte % ALPHABET.length];
    }
  }
  return `${prefix}_${id}`;
}
