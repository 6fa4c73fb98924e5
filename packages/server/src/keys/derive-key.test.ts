import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { deriveKeysFrom } from './derive-key.ts';

const SECRET = `sig_${'0a'.repeat(26)}`;
const salt = new Uint8Array(32).fill(1);

test('the same secret, salt and purpose give the same key, and any other gives another', () => {
  const derive = (secret: string, bytes: Uint8Array, info: string) =>
    Buffer.from(deriveKeysFrom(secret)(bytes, info)).toString('hex');
  const keys = [
    derive(SECRET, salt, 'a'),
    derive(SECRET, salt, 'b'),
    derive(SECRET, new Uint8Array(32), 'a'),
    derive(`${SECRET}0`, salt, 'a'),
  ];
  expect(derive(SECRET, salt, 'a')).toBe(keys[0]);
  expect(new Set(keys).size).toBe(4);
  expect(keys[0]).toHaveLength(64);
});

test('what derives keys from a secret shows it to nobody, however it is printed', () => {
  const caller = { id: 'key_1', deriveKey: deriveKeysFrom(SECRET) };
  const printed = [
    inspect(caller, { depth: 10, showHidden: true }),
    JSON.stringify(caller),
    String(caller.deriveKey),
    JSON.stringify(structuredClone({ ...caller, deriveKey: { ...caller.deriveKey } })),
  ];
  expect(printed.join('\n')).not.toContain(SECRET.slice(4, 20));
  expect(JSON.stringify(caller)).toBe('{"id":"key_1"}');
});
