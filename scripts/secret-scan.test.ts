import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SecretScan } from './secret-scan.ts';

const secret = `sig_${randomBytes(26).toString('hex')}`;
const bytes = Buffer.from(secret.slice('sig_'.length), 'hex');
const digest = createHash('sha256').update(secret).digest();
const scan = new SecretScan([secret, digest.toString('hex')]);

const base64 = (value: Buffer, before: string) => Buffer.concat([Buffer.from(before), value]).toString('base64');

describe('a secret is found', () => {
  test.each<[string, string | Buffer]>([
    ['raw', secret],
    ['in capitals', secret.toUpperCase()],
    ['in part', secret.slice(23, 39)],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['percent-encoded where it need not be', secret.replaceAll(/./g, (it) => `%${it.charCodeAt(0).toString(16)}`)],
    ...['', 'x', 'xy'].map(
      (before) => [`in base64 after ${before.length} bytes`, base64(Buffer.from(secret), before)] as [string, string],
    ),
    ...['', 'x', 'xy'].map(
      (before) => [`as the base64 of its bytes after ${before.length}`, base64(bytes, before)] as [string, string],
    ),
    ['in base64 for URLs', Buffer.from(secret).toString('base64url')],
    ['in base64, in part', Buffer.from(secret).toString('base64').slice(31, 47)],
    ['as its bytes', bytes],
    ['as its bytes, in part', bytes.subarray(5, 21)],
    ['as a Buffer in a log', JSON.stringify(bytes)],
    ['as a Buffer of its text in a log', JSON.stringify(Buffer.from(secret), null, 1)],
  ])('%s', (_, form) => {
    expect(scan.find(form)).toEqual([secret]);
    expect(scan.find(Buffer.concat([randomBytes(1000), Buffer.from(form), randomBytes(1000)]))).toEqual([secret]);
  });
});

test.each([
  ['hexadecimal', digest.toString('hex')],
  ['base64', digest.toString('base64')],
  ['a list', JSON.stringify({ digest })],
])('what is known of a secret is found as well: its digest as %s', (_, form) => {
  expect(scan.find(form)).toEqual([digest.toString('hex')]);
});

test("a resource server's secret is found as HTTP Basic has it, after its id", () => {
  const ofServer = `sigrs_${randomBytes(26).toString('hex')}`;
  for (const id of ['rs_1', 'rs_12', 'rs_123']) {
    expect(new SecretScan([ofServer]).find(`Basic ${btoa(`${id}:${ofServer}`)}`)).toEqual([ofServer]);
  }
});

test.each([
  ['its prefix', secret.slice(0, 8)],
  ['15 of its characters', secret.slice(20, 35)],
  ['another secret', `sig_${randomBytes(26).toString('hex')}`],
  ['nothing', ''],
])('%s is no trace of a secret', (_, text) => {
  expect(scan.find(`before ${text} after`)).toEqual([]);
});

test('each of many secrets is found, and only those that are there', () => {
  const secrets = Array.from({ length: 1_000 }, () => `sig_${randomBytes(26).toString('hex')}`);
  const there = secrets.filter((_, index) => index % 3 === 0);
  const haystack = there.map((it) => `${randomBytes(1_000).toString('base64')} ${it.slice(10, 40)} `).join('');
  expect(new SecretScan(secrets).find(haystack).toSorted()).toEqual(there.toSorted());
});
