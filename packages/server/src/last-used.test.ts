import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createLastUsedRecorder } from './last-used.ts';
import type { ApiKeyUse } from './storage/store.ts';

type Uses = ReadonlyMap<string, ApiKeyUse>;

const silent = { info() {}, warn() {}, error() {} };

/** A recorder, and all that it has written. */
function createRecorder() {
  const written: Uses[] = [];
  return { written, recorder: createLastUsedRecorder({ recordUses: async (uses) => void written.push(uses) }, silent) };
}

/** A use, as it is written. */
function use(at: number, neededScopes: Record<string, number> = {}): ApiKeyUse {
  return { at, neededScopes: new Map(Object.entries(neededScopes)) };
}

test('uses are gathered, and the latest of each key and scope is written within about a second', async () => {
  const { written, recorder } = createRecorder();
  recorder.record('key_a', 1, []);
  recorder.record('key_a', 1, ['a', 'b']);
  recorder.record('key_a', 2, ['b']);
  recorder.record('key_a', 3, []);
  recorder.record('key_b', 2, []);
  expect(written).toEqual([]);
  await vi.waitFor(() => expect(written).toHaveLength(1), 5_000);
  expect(written[0]).toEqual(
    new Map([
      ['key_a', use(3, { a: 1, b: 2 })],
      ['key_b', use(2)],
    ]),
  );
  await recorder.close();
  expect(written).toHaveLength(1);
});

test('what is left is written at the end', async () => {
  const { written, recorder } = createRecorder();
  recorder.record('key_a', 1, ['a']);
  await recorder.close();
  expect(written).toEqual([new Map([['key_a', use(1, { a: 1 })]])]);
});

test('uses that could not be written are kept, and do not undo newer ones', async () => {
  const written: Uses[] = [];
  let fail = true;
  const store = {
    async recordUses(uses: Uses) {
      await delay(10);
      if (fail) throw new Error('locked');
      written.push(uses);
    },
  };
  const recorder = createLastUsedRecorder(store, silent);
  recorder.record('key_a', 1, ['a', 'b']);
  recorder.record('key_b', 1, []);
  await delay(1_005);
  recorder.record('key_a', 2, ['b']);
  await delay(50);
  fail = false;
  await recorder.close();
  expect(written).toEqual([
    new Map([
      ['key_a', use(2, { a: 1, b: 2 })],
      ['key_b', use(1)],
    ]),
  ]);
});

test('while the store cannot write, no more than 10,000 keys wait, and the log says how much was let go', async () => {
  const written: Uses[] = [];
  const warnings: object[] = [];
  const log = { ...silent, warn: (fields: object) => void warnings.push(fields) };
  const recorder = createLastUsedRecorder({ recordUses: async (uses) => void written.push(uses) }, log);
  for (let n = 0; n < 10_002; n += 1) recorder.record(`key_${n}`, 1, []);
  recorder.record('key_0', 2, ['a']); // which waits already
  await recorder.close();
  expect(written[0]!.size).toBe(10_000);
  expect(written[0]!.get('key_0')).toEqual(use(2, { a: 2 }));
  expect(warnings).toEqual([{ uses: 2 }]);
});
