import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasFirstKey, removeFirstKey, writeFirstKey } from './first-key-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signa-first-key-'));
  path = join(folder, 'first-key');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the file with the first key', () => {
  it('holds the key and a line feed, for its owner alone', async () => {
    const umask = process.umask(0);
    try {
      await writeFirstKey(path, 'sig_1');
    } finally {
      process.umask(umask);
    }
    expect(readFileSync(path, 'utf8')).toBe('sig_1\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['first-key']);
  });

  it('replaces one from before, its permissions included', async () => {
    writeFileSync(path, 'sig_a_longer_one_from_before\n');
    chmodSync(path, 0o644);
    await writeFirstKey(path, 'sig_2');
    expect(readFileSync(path, 'utf8')).toBe('sig_2\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('replaces what a crash left half-way', async () => {
    writeFileSync(`${path}.tmp`, 'sig_ha');
    await writeFirstKey(path, 'sig_3');
    expect(readdirSync(folder)).toEqual(['first-key']);
  });

  it.each(['first-key', 'first-key.tmp'])('does not follow a link at %s', async (name) => {
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'untouched');
    symlinkSync(elsewhere, join(folder, name));
    await writeFirstKey(path, 'sig_4');
    expect(readFileSync(elsewhere, 'utf8')).toBe('untouched');
    expect(readFileSync(path, 'utf8')).toBe('sig_4\n');
  });

  it('is noticed for as long as it is there', async () => {
    expect(await hasFirstKey(path)).toBe(false);
    await writeFirstKey(path, 'sig_5');
    expect(await hasFirstKey(path)).toBe(true);
    await removeFirstKey(path);
    await removeFirstKey(path);
    expect(await hasFirstKey(path)).toBe(false);
  });
});
