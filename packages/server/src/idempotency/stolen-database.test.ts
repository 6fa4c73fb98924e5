import { hkdfSync } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../index.ts';
import { type DeriveKey, deriveKeysFrom } from '../keys/derive-key.ts';
import { generateSecret } from '../keys/secret.ts';
import type { SealedReply } from '../storage/sealed-reply-store.ts';
import { callerOf } from '../testing/caller-of.ts';
import { type TestApi, type TestKey, type TestResponse, startApi } from '../testing/start-api.ts';
import { recogniseRequest } from './keyed-request.ts';
import { openReply } from './seal.ts';

const IDEMPOTENCY_KEY = '5f0c6d5e-8f3b-4c59-9f0d-0e6f3c1c2a77';
const BODY = { name: 'Stolen?', scopes: ['trademarks:read'] };

let api: TestApi;
let folder: string;
let manager: TestKey;
let response: TestResponse;
/** The database's files as a thief has them: copied while the server runs, so with a WAL that holds what is newest. */
let bytes: Buffer;
/** Every value of every table. */
let values: (string | number | Uint8Array | null)[];
let record: SealedReply & { readonly sealed: Uint8Array };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signa-stolen-'));
  const file = join(folder, 'signa.db');
  api = await startApi({ store: await openSqliteStore({ file }) });
  const organization = await api.createOrganization();
  manager = organization.manager;
  const caller = callerOf(api, manager);
  response = await caller.create(BODY, { 'Idempotency-Key': IDEMPOTENCY_KEY });
  await caller.create(BODY, { 'Idempotency-Key': IDEMPOTENCY_KEY });
  await caller.rotate((await organization.createKey()).id, {}, { 'Idempotency-Key': `"${IDEMPOTENCY_KEY} 2"` });

  const stolen = join(folder, 'stolen', 'signa.db');
  await mkdir(join(folder, 'stolen'));
  for (const end of ['', '-wal', '-shm']) await copyFile(file + end, stolen + end);
  bytes = Buffer.concat([await readFile(stolen), await readFile(`${stolen}-wal`)]);

  const database = new Database(stolen);
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
  const rowsOf = (table: string) => database.prepare(`SELECT * FROM "${table}"`).raw().all() as (typeof values)[];
  values = tables.flatMap((table) => rowsOf(table).flat());
  const [row] = database
    .prepare(
      `SELECT look_up AS lookUp, fingerprint, callers.id AS callerId, made.id AS apiKeyId, sealed,
         sealed_until AS sealedUntil, sealed_replies.expires_at AS expiresAt
       FROM sealed_replies
         JOIN api_keys AS callers ON callers.sequence = caller JOIN api_keys AS made ON made.sequence = api_key
       WHERE made.id = ?`,
    )
    .all(response.body.id) as (typeof record)[];
  record = row!;
  database.close();
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

/** What the thief knows of the request: all but the caller's secret. */
function requestSeenBy(deriveKey: DeriveKey) {
  return recogniseRequest(deriveKey, IDEMPOTENCY_KEY, { operationId: 'createApiKey', path: {}, body: BODY });
}

function tryToOpen(deriveKey: DeriveKey, changes: Partial<SealedReply> = {}): string | null {
  try {
    return openReply(deriveKey, requestSeenBy(deriveKey), { ...record, ...changes }, record.sealed).payload;
  } catch {
    return null;
  }
}

describe('a copy of the database, the environment and the Idempotency-Key', () => {
  /** All that a thief can put in the place of a secret. */
  function candidates(): Buffer[] {
    const texts = [
      ...Object.values(process.env),
      ...Object.keys(process.env),
      IDEMPOTENCY_KEY,
      JSON.stringify(BODY),
      '',
    ];
    const found = values.filter((value) => value !== null);
    const pieces = [record.sealed.subarray(0, 32), record.sealed.subarray(32, 44), record.sealed.subarray(44, 60)];
    const raw = [...texts, ...found, ...pieces].map((value) =>
      Buffer.from(typeof value === 'object' ? value : String(value)),
    );
    const written = raw.flatMap((value) =>
      (['hex', 'base64', 'base64url'] as const).map((encoding) => Buffer.from(value.toString(encoding))),
    );
    const read = raw.flatMap((value) =>
      (['hex', 'base64'] as const).map((encoding) => Buffer.from(value.toString('latin1'), encoding)),
    );
    return [...raw, ...written, ...read];
  }

  test('do not open the reply: no derivation that the code can do with anything in them does', () => {
    const tried = candidates();
    expect(tried.length).toBeGreaterThan(500);
    const opened = tried.filter((candidate) => {
      const asSecret: DeriveKey = (salt, info) => new Uint8Array(hkdfSync('sha256', candidate, salt, info, 32));
      const asKey: DeriveKey = () => Buffer.concat([candidate, Buffer.alloc(32)]).subarray(0, 32);
      return tryToOpen(asSecret) !== null || tryToOpen(asKey) !== null;
    });
    expect(opened).toEqual([]);
  });

  test('do with the secret of the caller: the trial is one', () => {
    expect(tryToOpen(deriveKeysFrom(manager.key))).toBe(response.text);
  });

  test('do not even find the row, and with the secret of the caller do', () => {
    const isStored = ({ lookUp, fingerprint }: ReturnType<typeof requestSeenBy>) =>
      [lookUp, fingerprint].map((wanted) => values.some((value) => wanted === value || equals(wanted, value)));
    expect(isStored(requestSeenBy(deriveKeysFrom('')))).toEqual([false, false]);
    expect(isStored(requestSeenBy(deriveKeysFrom(response.body.key)))).toEqual([false, false]);
    expect(isStored(requestSeenBy(deriveKeysFrom(manager.key)))).toEqual([true, true]);
  });
});

function equals(wanted: Uint8Array, value: unknown): boolean {
  return value instanceof Uint8Array && Buffer.compare(wanted, value) === 0;
}

describe('with the secret of the caller, a reply does not open', () => {
  const flipped = (value: Uint8Array) => value.map((byte, index) => (index === 0 ? byte ^ 1 : byte));

  test.each<[string, () => Partial<SealedReply>]>([
    ['under another look-up', () => ({ lookUp: flipped(record.lookUp) })],
    ['with another fingerprint', () => ({ fingerprint: flipped(record.fingerprint) })],
    ['as another key’s', () => ({ apiKeyId: record.callerId })],
    ['as given to another caller', () => ({ callerId: record.apiKeyId })],
    ['a second longer than it was to', () => ({ sealedUntil: record.sealedUntil + 1 })],
    ['remembered a second longer', () => ({ expiresAt: record.expiresAt + 1 })],
  ])('%s', (_, changes) => {
    expect(tryToOpen(deriveKeysFrom(manager.key), changes())).toBeNull();
  });

  test('as another operation’s, under another Idempotency-Key, or with a byte changed anywhere', () => {
    const deriveKey = deriveKeysFrom(manager.key);
    const request = requestSeenBy(deriveKey);
    expect(() => openReply(deriveKey, { ...request, operationId: 'rotateApiKey' }, record, record.sealed)).toThrow();
    expect(() => openReply(deriveKey, { ...request, idempotencyKey: 'other' }, record, record.sealed)).toThrow();
    for (let at = 0; at < record.sealed.length; at += 1) {
      const changed = record.sealed.map((byte, index) => (index === at ? byte ^ 0x80 : byte));
      expect(() => openReply(deriveKey, request, record, changed)).toThrow();
    }
    expect(() => openReply(deriveKey, request, record, record.sealed.subarray(0, 59))).toThrow();
  });
});

describe('the files of the database', () => {
  function isFound(text: string): boolean {
    const inHex = Buffer.from(text.replace('sig_', ''), 'hex');
    const raw = [Buffer.from(text), ...(inHex.length > 15 ? [inHex] : [])];
    const traces = raw.flatMap((value) => [value, value.toString('hex'), value.toString('base64').replaceAll('=', '')]);
    return traces.some((trace) => bytes.includes(trace));
  }

  test('hold neither a secret nor an Idempotency-Key, in any writing', () => {
    expect(bytes.length).toBeGreaterThan(10_000);
    for (const text of [manager.key, response.body.key, IDEMPOTENCY_KEY, IDEMPOTENCY_KEY.replaceAll('-', '')]) {
      expect(isFound(text)).toBe(false);
    }
  });

  test('would be caught if they did', () => {
    expect(isFound(response.body.id)).toBe(true);
    expect(isFound('Stolen?')).toBe(true);
    const planted = generateSecret((size) => new Uint8Array(size).fill(7));
    for (const form of [planted, Buffer.from(planted.slice(4), 'hex'), Buffer.from(planted).toString('base64')]) {
      const clean = bytes;
      bytes = Buffer.concat([clean, Buffer.from(form)]);
      expect(isFound(planted)).toBe(true);
      bytes = clean;
    }
  });
});
