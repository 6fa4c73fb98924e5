import { describe, expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

const query = ['listApiKeys', 'orgn_1', 'active', undefined, 'name'];

describe('a cursor', () => {
  test.each([0, 1, 255, 2 ** 32, Number.MAX_SAFE_INTEGER])('leads back to the position %d', (position) => {
    expect(decodeCursor(encodeCursor(position, query), query)).toBe(position);
  });

  test("has the contract's shape", () => {
    expect(encodeCursor(Number.MAX_SAFE_INTEGER, query)).toMatch(/^[A-Za-z0-9_-]{1,200}$/);
  });

  test('shows neither its query nor the organization', () => {
    const bytes = Buffer.from(encodeCursor(1, query), 'base64url').toString('latin1');
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
    expect(() => decodeCursor(encodeCursor(1, query), other)).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });

  test.each([
    { what: 'nothing', cursor: '' },
    { what: 'too short', cursor: encodeCursor(1, query).slice(0, -2) },
    { what: 'too long', cursor: `${encodeCursor(1, query)}AAAA` },
    { what: 'of another version', cursor: `Ag${encodeCursor(1, query).slice(2)}` },
    { what: 'of another position', cursor: encodeCursor(1, query).slice(0, 12) + encodeCursor(2, query).slice(12) },
    { what: 'padded', cursor: `${encodeCursor(1, query)}=` },
    { what: 'written in another alphabet', cursor: 'é'.repeat(23) },
  ])('that is $what is refused', ({ cursor }) => {
    expect(() => decodeCursor(cursor, query)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
