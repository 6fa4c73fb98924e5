import { describe, expect, test } from 'vitest';
import { type IdPrefix, generateId } from './ids.ts';

/** A source that gives these bytes one after another, and then the last again and again. */
function sourceOf(...bytes: number[]): (size: number) => Uint8Array {
  let given = 0;
  return (size) => Uint8Array.from({ length: size }, () => bytes[Math.min(given++, bytes.length - 1)]!);
}

describe('an id', () => {
  test.each<IdPrefix>(['key', 'orgn', 'req', 'evt'])(
    'of the kind %s says so, and has 16 letters and digits',
    (kind) => {
      expect(generateId(kind, sourceOf(0))).toBe(`${kind}_${'A'.repeat(16)}`);
    },
  );

  test('is drawn from 62 letters and digits, each as likely as any other', () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 256; byte += 1) {
      const letter = generateId('key', sourceOf(byte, 0)).slice('key_'.length, 'key_'.length + 1);
      if (byte < 248) counts.set(letter, (counts.get(letter) ?? 0) + 1);
      else expect(letter, 'the byte is thrown away, and the next one counts').toBe('A');
    }
    expect([...counts.keys()].toSorted().join('')).toBe(
      '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    );
    expect(new Set(counts.values())).toEqual(new Set([4]));
  });

  test('is as long when many bytes are thrown away', () => {
    const bytes = Array.from({ length: 200 }, (_, index) => (index % 5 === 0 ? 1 : 255));
    expect(generateId('key', sourceOf(...bytes))).toBe(`key_${'B'.repeat(16)}`);
  });
});
