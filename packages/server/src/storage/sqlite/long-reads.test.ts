import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LongReads } from './long-reads.ts';

/** Long reads that note, for each portion, whose it is and in which turn of the event loop it was read. */
async function readAll(wanted: readonly { organization: string; name: string; portions: number }[]) {
  let now = 0;
  const counting = new AbortController();
  const count = async () => {
    for (; !counting.signal.aborted; now += 1) await turn();
  };
  const counted = count();
  const read: { name: string; turn: number }[] = [];
  const longReads = new LongReads((query) => Promise.resolve(query()));
  await Promise.all(
    wanted.map(({ organization, name, portions }) =>
      longReads.run(organization, async (portion) => {
        for (let n = 0; n < portions; n += 1) await portion(() => read.push({ name, turn: now }));
      }),
    ),
  );
  counting.abort();
  await counted;
  return read;
}

test('what takes one portion is read at once', async () => {
  expect(await readAll([{ organization: 'a', name: 'a', portions: 1 }])).toEqual([{ name: 'a', turn: 0 }]);
});

test('of all that take longer one portion is read in a turn, theirs by turns', async () => {
  const read = await readAll(['a', 'b', 'c'].map((name) => ({ organization: name, name, portions: 4 })));
  expect(read.map(({ name }) => name).join('')).toBe('abcabcabcabc');
  const later = read.slice(3).map((portion) => portion.turn);
  expect(new Set(later).size).toBe(later.length);
});

test("an organization's are read one after the other, also when one fails, and hold up nobody else's", async () => {
  const read = await readAll([
    { organization: 'a', name: '1', portions: 3 },
    { organization: 'a', name: '2', portions: 3 },
    { organization: 'b', name: 'b', portions: 3 },
  ]);
  expect(read.map(({ name }) => name).join('')).toBe('1b1b1b222');

  const longReads = new LongReads((query) => Promise.resolve(query()));
  const failing = longReads.run('a', () => Promise.reject(new Error('planted')));
  const after = longReads.run('a', (portion) => portion(() => 'read'));
  await expect(failing).rejects.toThrow('planted');
  expect(await after).toBe('read');
});
