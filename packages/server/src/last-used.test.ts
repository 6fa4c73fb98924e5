import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createLastUsedRecorder } from './last-used.ts';

const silent = { info() {}, warn() {}, error() {} };

test('uses are gathered, and the latest of each key is written within about a second', async () => {
  const written: Map<string, number>[] = [];
  const recorder = createLastUsedRecorder({ recordUses: async (uses) => void written.push(new Map(uses)) }, silent);
  recorder.record('key_a', 1);
  recorder.record('key_a', 2);
  recorder.record('key_b', 2);
  expect(written).toEqual([]);
  await vi.waitFor(() => expect(written).toHaveLength(1), 5_000);
  expect(written[0]).toEqual(
    new Map([
      ['key_a', 2],
      ['key_b', 2],
    ]),
  );
  await recorder.close();
  expect(written).toHaveLength(1);
});

test('what is left is written at the end', async () => {
  const written: Map<string, number>[] = [];
  const recorder = createLastUsedRecorder({ recordUses: async (uses) => void written.push(new Map(uses)) }, silent);
  recorder.record('key_a', 1);
  await recorder.close();
  expect(written).toEqual([new Map([['key_a', 1]])]);
});

test('uses that could not be written are kept, and do not undo newer ones', async () => {
  const written: Map<string, number>[] = [];
  let fail = true;
  const store = {
    async recordUses(uses: ReadonlyMap<string, number>) {
      await delay(10);
      if (fail) throw new Error('locked');
      written.push(new Map(uses));
    },
  };
  const recorder = createLastUsedRecorder(store, silent);
  recorder.record('key_a', 1);
  recorder.record('key_b', 1);
  await delay(1_005);
  recorder.record('key_a', 2);
  await delay(50);
  fail = false;
  await recorder.close();
  expect(written).toEqual([
    new Map([
      ['key_a', 2],
      ['key_b', 1],
    ]),
  ]);
});
