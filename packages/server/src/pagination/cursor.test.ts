import { describe, expect, test } from 'vitest';
import { cursorsOf } from './cursor.ts';

const query = ['listApiKeys', 'orgn_1', 'active', undefined, 'name'];
const cursors = cursorsOf(query, ['sequence']);
const encode = (sequence: number) => cursors.encode({ sequence });

const refusal = expect.objectContaining({ code: 'invalid_request' });

describe('a cursor', () => {
  test.each([0, 1, 255, 2 ** 32, Number.MAX_SAFE_INTEGER])('leads back to the position %d', (sequence) => {
    expect(cursors.decode(encode(sequence))).toEqual({ sequence });
  });

  test('carries all that it was given, by name, negative numbers too', () => {
    const ranged = cursorsOf(query, ['sequence', 'from', 'before']);
    const place = { before: 1_774_368_000, from: -62_167_219_200, sequence: Number.MAX_SAFE_INTEGER };
    const cursor = ranged.encode(place);
    expect(ranged.decode(cursor)).toEqual(place);
    expect(() => cursors.decode(cursor)).toThrow(refusal);
    expect(() => ranged.decode(encode(1))).toThrow(refusal);
  });

  test("has the contract's shape", () => {
    expect(encode(Number.MAX_SAFE_INTEGER)).toMatch(/^[A-Za-z0-9_-]{1,200}$/);
  });

  test('shows neither its query nor the organization', () => {
    const bytes = Buffer.from(encode(1), 'base64url').toString('latin1');
    for (const part of ['listApiKeys', 'orgn_1', 'active']) expect(bytes).not.toContain(part);
  });

  test.each([
    { differs: 'the operation', other: ['listAuditEvents', 'orgn_1', 'active', undefined, 'name'] },
    { differs: 'the organization', other: ['listApiKeys', 'orgn_2', 'active', undefined, 'name'] },
    { differs: 'a filter', other: ['listApiKeys', 'orgn_1', 'expired', undefined, 'name'] },
    { differs: 'a filter that is left out', other: ['listApiKeys', 'orgn_1', undefined, undefined, 'name'] },
    { differs: 'the filter to which a value belongs', other: ['listApiKeys', 'orgn_1', 'active', 'name', undefined] },
    {
      differs: 'where one value ends and the next begins',
      other: ['listApiKeys', 'orgn_1active', '', undefined, 'name'],
    },
  ])('is refused by another query: $differs', ({ other }) => {
    expect(() => cursorsOf(other, ['sequence']).decode(encode(1))).toThrow(refusal);
  });

  test.each([
    { what: 'nothing', cursor: '' },
    { what: 'too short', cursor: encode(1).slice(0, -2) },
    { what: 'too long', cursor: `${encode(1)}AAAA` },
    { what: 'of another version', cursor: `Ag${encode(1).slice(2)}` },
    { what: 'of another position', cursor: encode(1).slice(0, 12) + encode(2).slice(12) },
    { what: 'padded', cursor: `${encode(1)}=` },
    { what: 'written in another alphabet', cursor: 'é'.repeat(23) },
  ])('that is $what is refused', ({ cursor }) => {
    expect(() => cursors.decode(cursor)).toThrow(refusal);
  });
});
