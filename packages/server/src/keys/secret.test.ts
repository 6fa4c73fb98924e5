import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestOf, generateSecret, isWellFormedSecret, prefixOf } from './secret.ts';

const secret = generateSecret((size) => Uint8Array.from({ length: size }, (_, index) => 200 - 9 * index));

describe('a secret', () => {
  test('carries all 176 bits that it was made from', () => {
    expect(secret.slice('sig_'.length, -8)).toBe(
      Array.from({ length: 22 }, (_, index) => (200 - 9 * index).toString(16).padStart(2, '0')).join(''),
    );
  });

  test('is kept as its SHA-256', () => {
    expect(Buffer.from(digestOf(secret)).toString('hex')).toBe(createHash('sha256').update(secret).digest('hex'));
  });

  test('has a checksum of eight characters, however small it is', () => {
    let isPadded = false;
    for (let n = 0; n < 64; n += 1) {
      const some = generateSecret((size) => new Uint8Array(size).fill(n));
      expect(some).toMatch(/^sig_[0-9a-f]{52}$/);
      isPadded ||= some.slice(48).startsWith('0');
    }
    expect(isPadded, 'one of them begins with a zero').toBe(true);
  });

  test('is well formed as it was made', () => {
    expect(isWellFormedSecret(secret)).toBe(true);
  });

  test.each([
    { what: 'nothing', token: '' },
    { what: 'its prefix', token: secret.slice(0, 8) },
    { what: 'one character short', token: secret.slice(0, -1) },
    { what: 'one character long', token: `${secret}0` },
    { what: 'in capitals', token: secret.toUpperCase() },
    { what: 'followed by a line break', token: `${secret}\n` },
    { what: 'preceded by a space', token: ` ${secret}` },
    { what: 'of another kind', token: secret.replace('sig_', 'sik_') },
    { what: 'of two characters that changed places', token: secret.replace(/^(sig_.)(.)(.)/, '$1$3$2') },
    { what: 'twice', token: secret + secret },
  ])('that is $what is refused', ({ token }) => {
    expect(token).not.toBe(secret);
    expect(isWellFormedSecret(token)).toBe(false);
  });

  test('with any one character changed is refused', () => {
    for (let index = 0; index < secret.length; index += 1) {
      const other = secret[index] === '0' ? '1' : '0';
      expect(isWellFormedSecret(secret.slice(0, index) + other + secret.slice(index + 1))).toBe(false);
    }
  });

  test("that is the page's sample can never be a live key", () => {
    expect(isWellFormedSecret(['sig_a1b2c3d4e5f6a7b8c9d0e1f2', 'a3b4c5d6e7f8a9b0c1d2e3f4a5b6'].join(''))).toBe(false);
  });

  test('is known to people by its first 8 characters', () => {
    expect(prefixOf(secret)).toBe(secret.slice(0, 8));
  });
});

describe("a resource server's secret", () => {
  const random = (size: number) => new Uint8Array(size).fill(7);
  const servers = generateSecret(random, 'sigrs_');
  const keys = generateSecret(random);

  test('is told from a key by how it begins, and has a checksum of its own', () => {
    expect(servers).toMatch(/^sigrs_(07){22}[0-9a-f]{8}$/);
    expect(servers.slice(-8)).not.toBe(keys.slice(-8));
  });

  test('is well formed as what it is, and as nothing else', () => {
    expect(isWellFormedSecret(servers, 'sigrs_')).toBe(true);
    expect(isWellFormedSecret(servers)).toBe(false);
    expect(isWellFormedSecret(keys, 'sigrs_')).toBe(false);
    expect(isWellFormedSecret(servers.replace('sigrs_', 'sig_'))).toBe(false);
    expect(isWellFormedSecret(keys.replace('sig_', 'sigrs_'), 'sigrs_')).toBe(false);
  });

  test('is known to people by its first 10 characters', () => {
    expect(prefixOf(servers)).toBe('sigrs_0707');
  });
});
