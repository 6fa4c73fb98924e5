import { expect, test } from 'vitest';
import { dayOf, formatDay, readDayRange, startOf } from './day.ts';

test.each([
  ['1970-01-01', 0],
  ['1969-12-31', -1],
  ['2024-02-29', 19_782],
  ['0001-01-01', -719_162],
  ['9999-12-31', 2_932_896],
])('%s is the day %d', (text, day) => {
  expect(readDayRange({ start_date: text, end_date: text })).toEqual({ first: day, last: day });
  expect(formatDay(day)).toBe(text);
});

test('a day lasts from its first second to the one before the next day', () => {
  expect([startOf(1) - 1, startOf(1), startOf(2) - 1, startOf(2)].map(dayOf)).toEqual([0, 1, 1, 2]);
});

test('a range is open where a bound is left out', () => {
  expect(readDayRange({})).toEqual({ first: null, last: null });
  expect(readDayRange({ start_date: '1970-01-03' })).toEqual({ first: 2, last: null });
  expect(readDayRange({ end_date: '1970-01-03' })).toEqual({ first: null, last: 2 });
});

test('a range that ends before it starts is refused', () => {
  expect(() => readDayRange({ start_date: '1970-01-02', end_date: '1970-01-01' })).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});
