import { describe, expect, test } from 'vitest';
import { graceEndOf, statusOf } from './api-key.ts';
import { isLater } from './lifetime.ts';
import { mergeMetadata } from './metadata.ts';
import { decideGraceEnd } from './rotation.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

test.each([
  ['2026-03-24T16:00:00Z', '2026-03-24T16:00:00Z'],
  ['2026-03-24T16:00:00.999999999Z', '2026-03-24T16:00:00Z'],
  ['2026-03-24T18:00:00+02:00', '2026-03-24T16:00:00Z'],
  ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['2026-02-29T00:00:00Z', null],
  ['2026-13-01T00:00:00Z', null],
  ['2026-06-30T23:59:60Z', null],
  ['9999-12-31T23:59:59-23:59', null],
])('the time %s is read as %s', (text, want) => {
  const time = parseTimestamp(text);
  expect(time === null ? null : formatTimestamp(time)).toBe(want);
});

test.each([
  [null, null, false],
  [null, 10, true],
  [10, null, false],
  [10, 10, false],
  [11, 10, true],
])('an expiry of %s is later than %s: %s', (expiry, than, want) => {
  expect(isLater(expiry, than)).toBe(want);
});

test.each([
  [{ revokedAt: null, expiresAt: null }, 'active'],
  [{ revokedAt: null, expiresAt: 11 }, 'active'],
  [{ revokedAt: null, expiresAt: 10 }, 'expired'],
  [{ revokedAt: 5, expiresAt: 10 }, 'revoked'],
])('at 10, a key with %o is %s', (key, want) => {
  expect(statusOf(key, 10)).toBe(want);
});

test('metadata is merged, null removes, and a name such as __proto__ is a name like any other', () => {
  const merged = mergeMetadata({ a: '1', b: '2' }, JSON.parse('{"a":null,"c":"3","__proto__":"4"}'));
  expect(Object.entries(merged)).toEqual([
    ['b', '2'],
    ['c', '3'],
    ['__proto__', '4'],
  ]);
});

describe('the grace of a rotation', () => {
  const key = { id: 'key_1', previousSecretExpiresAt: null } as Parameters<typeof decideGraceEnd>[0];
  const inGrace = { ...key, previousSecretExpiresAt: 11 };

  test.each([
    ["another's is none", key, 'key_2', {}, null],
    ['its own is 300 seconds', key, 'key_1', {}, 310],
    ['its own is none when none is asked for', key, 'key_1', { grace_period_seconds: 0 }, null],
    ['is as long as is asked for', key, 'key_2', { grace_period_seconds: 60 }, 70],
    ['begins anew by force', inGrace, 'key_2', { force: true, grace_period_seconds: 60 }, 70],
  ])('%s', (_, rotated, caller, request, want) => {
    expect(decideGraceEnd(rotated, caller, request, 10)).toBe(want);
  });

  test('cannot begin while another runs, and can once that is over', () => {
    expect(() => decideGraceEnd(inGrace, 'key_2', {}, 10)).toThrow('works until 1970-01-01T00:00:11Z');
    expect(decideGraceEnd(inGrace, 'key_2', {}, 11)).toBeNull();
    expect(graceEndOf(inGrace, 10)).toBe(11);
    expect(graceEndOf(inGrace, 11)).toBeNull();
  });
});
