import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SCOPES, StoreUnavailableError } from '../index.ts';
import { KEPT_PER_CALLER } from '../idempotency/earlier-reply.ts';
import { recogniseRequest } from '../idempotency/keyed-request.ts';
import { deriveKeysFrom } from '../keys/derive-key.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectDocumented } from '../testing/documented.ts';
import { expectError, expectInvalid } from '../testing/expect-error.ts';
import { readAudit } from '../testing/read-audit.ts';
import { operations } from '../testing/sample-requests.ts';
import {
  type TestApi,
  type TestKey,
  type TestOrganization,
  type TestResponse,
  startApi,
} from '../testing/start-api.ts';
import { storeWith } from '../testing/store-with.ts';

const HOUR = 3_600;
const DAY = 86_400;
const CREATE = { name: 'Import', scopes: ['trademarks:read'] };

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
});

const withKey = (value: string) => ({ 'Idempotency-Key': value });
const names = async () => (await manager.list()).body.data.map(({ name }: { name: string }) => name).toSorted();
const actions = async () => (await readAudit(api.store, organization.id)).map(({ action }) => action);
const isAlive = async ({ key }: { key: string }) => (await callerOf(api, { key }).getOrganization()).status === 200;

function expectReplay(replay: TestResponse, first: TestResponse): void {
  expect([first.headers.get('idempotent-replayed'), replay.headers.get('idempotent-replayed')]).toEqual([null, 'true']);
  expect([replay.status, replay.text]).toEqual([first.status, first.text]);
  expect(replay.headers.get('location')).toBe(first.headers.get('location'));
  expect(first.headers.get('x-request-id')).toBe(first.body.request_id);
  expect(replay.headers.get('x-request-id')).toMatch(/^req_[A-Za-z0-9]{16}$/);
  expect(replay.headers.get('x-request-id')).not.toBe(first.body.request_id);
}

/** The two operations that take an Idempotency-Key, each on a key of its own. */
const repeatable = [
  { id: 'createApiKey', prepare: async () => (key: string) => manager.create(CREATE, withKey(key)) },
  {
    id: 'rotateApiKey',
    prepare: async () => {
      const { id } = await organization.createKey({ name: 'Import' });
      return (key: string) => manager.rotate(id, { grace_period_seconds: 60 }, withKey(key));
    },
  },
];

describe.each(repeatable)('$id with the same Idempotency-Key', ({ id, prepare }) => {
  const operation = operations.find((candidate) => candidate.id === id)!;

  test('is carried out once and answered alike, byte for byte, but for its own request id', async () => {
    const send = await prepare();
    const first = await send('once');
    const trail = await actions();
    for (const again of [await send('once'), await send('once')]) {
      expectReplay(again, first);
      expectDocumented(operation, again);
      // Where the caller stands with its limit is of this request, not of the first.
      expect(again.headers.get('ratelimit')).not.toBe(first.headers.get('ratelimit'));
    }
    expect(await names()).toEqual(['First key', 'Import']);
    expect(await actions()).toEqual(trail);
    expect(await isAlive(first.body)).toBe(true);
  });

  test('by 50 at once is carried out once, and all 50 get its answer', async () => {
    const send = await prepare();
    const trail = await actions();
    const responses = await Promise.all(Array.from({ length: 50 }, () => send('at once')));
    expect(new Set(responses.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(responses.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await names()).toEqual(['First key', 'Import']);
    expect(await actions()).toHaveLength(trail.length + 1);
  });

  test('as a quoted string is the same request', async () => {
    const send = await prepare();
    const first = await send(String.raw`a"b\c d`);
    expectReplay(await send(String.raw`"a\"b\\c d"`), first);
  });

  test('is answered again for an hour, then says which key it was, and after 24 hours is a first request', async () => {
    const send = await prepare();
    const first = await send('ages');
    api.clock.advance(HOUR - 1);
    expectReplay(await send('ages'), first);
    for (const seconds of [1, DAY - HOUR - 1]) {
      api.clock.advance(seconds);
      const gone = await send('ages');
      expectError(gone, 409, 'idempotency_replay_gone');
      expect(gone.body.error).toMatchObject({
        detail: expect.stringContaining(first.body.id),
        retryable: false,
        retry_after: null,
      });
      expect(gone.headers.get('retry-after')).toBeNull();
      expectDocumented(operation, gone);
    }
    api.clock.advance(1);
    const anew = await send('ages');
    expect(anew.headers.get('idempotent-replayed')).toBeNull();
    if (id === 'rotateApiKey') expect(anew.body.key).not.toBe(first.body.key);
    else expectError(anew, 409, 'name_taken');
  });

  test.each([
    { done: 'was revoked', change: (key: string) => manager.revoke(key) },
    { done: 'got another secret', change: (key: string) => manager.rotate(key, { force: true }) },
  ])('is answered with the id of the key once that $done', async ({ change }) => {
    const send = await prepare();
    const first = await send('replaced');
    expect((await change(first.body.id)).status).toBe(200);
    const gone = await send('replaced');
    expectError(gone, 409, 'idempotency_replay_gone');
    expect(gone.body.error.detail).toContain(first.body.id);
    expect(gone.text).not.toContain(first.body.key);
  });

  test.each([
    { what: 'with another body', send: () => manager.create({ ...CREATE, name: 'Other' }, withKey('mixed')) },
    {
      what: 'with the scopes in another order',
      send: () => manager.create({ ...CREATE, scopes: SCOPES }, withKey('mixed')),
    },
    {
      what: 'for another operation or path',
      send: () => manager.rotate(organization.manager.id, {}, withKey('mixed')),
    },
  ])('$what is refused, and nothing is carried out', async ({ send: sendOther }) => {
    const send = await prepare();
    const first = await send('mixed');
    const trail = await actions();
    const refused = await sendOther();
    expectError(refused, 422, 'idempotency_mismatch');
    expect(refused.body.error.type).toBe('idempotency_mismatch');
    expectDocumented(operation, refused);
    expect(await actions()).toEqual(trail);
    expectReplay(await send('mixed'), first);
    api.clock.advance(HOUR);
    expectError(await sendOther(), 422, 'idempotency_mismatch');
  });

  test('from another key is another request, also from the same key after its rotation', async () => {
    const send = await prepare();
    const first = await send('mine');
    const other = await organization.createKey({ scopes: SCOPES });
    const theirs = await callerOf(api, other).create({ ...CREATE, name: 'Theirs' }, withKey('mine'));
    expect([theirs.status, theirs.headers.get('idempotent-replayed')]).toEqual([201, null]);

    const { body: rotated } = await manager.rotate(organization.manager.id);
    const anew = await callerOf(api, rotated).create({ ...CREATE, name: 'Anew' }, withKey('mine'));
    expect([anew.status, anew.headers.get('idempotent-replayed')]).toEqual([201, null]);
    // The secret before still works for its 300 seconds, and so does what it began.
    expectReplay(await send('mine'), first);
    api.clock.advance(300);
    expectError(await send('mine'), 401, 'invalid_credentials');
  });

  test.each([
    { lost: 'api-keys:manage', keeps: ['trademarks:read'], code: 'insufficient_scope' },
    { lost: 'a scope of the key', keeps: ['api-keys:manage'], code: 'scope_not_held' },
  ] as const)('is refused to a caller that lost $lost in between', async ({ keeps, code }) => {
    const caller = await organization.createKey({ scopes: SCOPES });
    const { id: target } = await organization.createKey();
    const send = () =>
      id === 'createApiKey'
        ? callerOf(api, caller).create(CREATE, withKey('narrowed'))
        : callerOf(api, caller).rotate(target, {}, withKey('narrowed'));
    const first = await send();
    await manager.update(caller.id, { scopes: keeps });
    const refused = await send();
    expectError(refused, 403, code);
    expect(refused.text).not.toContain(first.body.key);
    await manager.update(caller.id, { scopes: SCOPES });
    expectReplay(await send(), first);
  });

  test('is refused to a caller that expires before the key by now', async () => {
    const caller = await organization.createKey({ scopes: SCOPES });
    const { id: target } = await organization.createKey();
    const send = () =>
      id === 'createApiKey'
        ? callerOf(api, caller).create(CREATE, withKey('shortened'))
        : callerOf(api, caller).rotate(target, {}, withKey('shortened'));
    await send();
    await manager.update(caller.id, { expires_at: api.clock.timestampIn(60) });
    expectError(await send(), 403, 'lifetime_exceeded');
  });

  test('is carried out by the retry when the store failed at the commit, and nothing was kept of the first', async () => {
    let fails = true;
    const failing = await startApi({
      clock: api.clock,
      store: storeWith(api.store, {
        change: (organizationId, work) =>
          api.store.change(organizationId, async (transaction) => {
            const result = await work(transaction);
            if (fails) throw new StoreUnavailableError('injected');
            return result;
          }),
      }),
    });
    const { id: target } = await organization.createKey({ name: 'Target' });
    const caller = callerOf(failing, organization.manager);
    const send = () =>
      id === 'createApiKey' ? caller.create(CREATE, withKey('failed')) : caller.rotate(target, {}, withKey('failed'));
    const trail = await actions();
    expectError(await send(), 503, 'storage_unavailable');
    expect(await actions()).toEqual(trail);
    fails = false;
    const first = await send();
    expect([first.status < 300, first.headers.get('idempotent-replayed')]).toEqual([true, null]);
    expectReplay(await send(), first);
    await failing.close();
  });
});

describe('a request that failed', () => {
  test('is not remembered: corrected, it is carried out under the same Idempotency-Key', async () => {
    await organization.createKey({ name: 'Taken' });
    expectError(await manager.create({ ...CREATE, name: 'Taken' }, withKey('corrected')), 409, 'name_taken');
    expectInvalid(await manager.create({ ...CREATE, name: '' }, withKey('corrected')), '/name');
    const first = await manager.create(CREATE, withKey('corrected'));
    expect(first.status).toBe(201);
    expectReplay(await manager.create(CREATE, withKey('corrected')), first);
  });

  test('lets those that waited for it try, and one of them is the first', async () => {
    const { id } = await organization.createKey({ name: 'Taken' });
    const create = () => manager.create({ ...CREATE, name: 'Taken' }, withKey('queue'));
    const refused = await Promise.all([create(), create(), create()]);
    for (const response of refused) expectError(response, 409, 'name_taken');
    await manager.revoke(id);
    const responses = await Promise.all([create(), create(), create()]);
    expect(new Set(responses.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });
});

test('a body is the same in another order and with its defaults filled in', async () => {
  const { id } = await organization.createKey();
  const bodies = [
    '{"grace_period_seconds":60,"force":false}',
    '{"force":false,"grace_period_seconds":60}',
    '{"grace_period_seconds":60}',
  ];
  const responses = [];
  for (const body of bodies) responses.push(await manager.rotate(id, body, withKey('canonical')));
  expectReplay(responses[1]!, responses[0]!);
  expectReplay(responses[2]!, responses[0]!);
});

describe('a key that rotates itself', () => {
  const rotateItself = (caller: TestKey, body?: object) =>
    callerOf(api, caller).rotate(caller.id, body, withKey('myself'));

  test('learns its new secret again from the old one while that works', async () => {
    const caller = await organization.createKey({ scopes: SCOPES });
    const first = await rotateItself(caller);
    expectReplay(await rotateItself(caller), first);
    expect(await isAlive(first.body)).toBe(true);
    api.clock.advance(300);
    expectError(await rotateItself(caller), 401, 'invalid_credentials');
  });

  test('and asks for no grace cannot: its old secret is nobody’s any more', async () => {
    const caller = await organization.createKey({ scopes: SCOPES });
    expect((await rotateItself(caller, { grace_period_seconds: 0 })).status).toBe(200);
    expectError(await rotateItself(caller, { grace_period_seconds: 0 }), 401, 'invalid_credentials');
    expect(await kept(caller.key, 'myself')).toBe('tombstone');
  });

  test('by force with the secret before, which dies of it, leaves nothing to open with that either', async () => {
    const before = await organization.createKey({ scopes: SCOPES });
    await manager.rotate(before.id, { grace_period_seconds: 60 });
    expect((await rotateItself(before, { grace_period_seconds: 60, force: true })).status).toBe(200);
    expect(await kept(before.key, 'myself')).toBe('tombstone');
  });
});

/** What is kept under an Idempotency-Key for whoever holds a secret. */
async function kept(secret: string, idempotencyKey: string): Promise<'sealed' | 'tombstone' | 'nothing'> {
  const intent = { operationId: '', path: {}, body: null };
  const { lookUp } = recogniseRequest(deriveKeysFrom(secret), idempotencyKey, intent);
  const reply = await api.store.change(organization.id, ({ sealedReplies }) => sealedReplies.find(lookUp));
  if (reply === null) return 'nothing';
  return reply.sealed === null ? 'tombstone' : 'sealed';
}

describe('an answer to a secret', () => {
  let caller: TestKey;
  let target: string;

  beforeEach(async () => {
    caller = await organization.createKey({ scopes: SCOPES });
    const { body } = await callerOf(api, caller).create(CREATE, withKey('asked'));
    target = body.id;
    expect(await kept(caller.key, 'asked')).toBe('sealed');
  });

  test('that is rotated away without a grace is discarded', async () => {
    await manager.rotate(caller.id, { grace_period_seconds: 0 });
    expect(await kept(caller.key, 'asked')).toBe('tombstone');
  });

  test('that works for a while after a rotation is kept', async () => {
    await manager.rotate(caller.id, { grace_period_seconds: 60 });
    expect(await kept(caller.key, 'asked')).toBe('sealed');
    expect((await callerOf(api, caller).create(CREATE, withKey('asked'))).body.id).toBe(target);
  });

  test.each<[string, () => Promise<TestResponse>]>([
    ['by force', () => manager.rotate(caller.id, { grace_period_seconds: 60, force: true })],
    ['by an update', () => manager.update(caller.id, { previous_secret_expires_at: null })],
  ])('whose grace is ended %s is discarded, and so is one to the secret after it', async (_, endGrace) => {
    const { body: rotated } = await manager.rotate(caller.id, { grace_period_seconds: 60 });
    await callerOf(api, rotated).create({ ...CREATE, name: 'Later' }, withKey('asked'));
    expect((await endGrace()).status).toBe(200);
    expect([await kept(caller.key, 'asked'), await kept(rotated.key, 'asked')]).toEqual(['tombstone', 'tombstone']);
  });

  test('is kept when an update changes something else, or ends a grace that is over already', async () => {
    await manager.rotate(caller.id, { grace_period_seconds: 60 });
    await manager.update(caller.id, { name: 'Renamed' });
    expect(await kept(caller.key, 'asked')).toBe('sealed');
    api.clock.advance(60);
    await manager.update(caller.id, { name: 'Again', previous_secret_expires_at: null });
    expect(await kept(caller.key, 'asked')).toBe('sealed');
  });
});

describe('what one caller can have kept', () => {
  /** Keeps replies of the manager as if it had sent so many requests. */
  async function fill(count: number, limits = KEPT_PER_CALLER): Promise<void> {
    const { id } = organization.manager;
    await api.store.change(organization.id, async ({ sealedReplies }) => {
      for (let n = 0; n < count; n += 1) {
        const [lookUp, fingerprint, sealed] = [32, 32, 500].map((size) => randomBytes(size)) as [
          Buffer,
          Buffer,
          Buffer,
        ];
        const times = { sealedUntil: api.clock() + HOUR, expiresAt: api.clock() + DAY };
        const reply = { lookUp, fingerprint, sealed, callerId: id, apiKeyId: id, ...times };
        await sealedReplies.insert(reply, limits, api.clock());
      }
    });
  }

  test('is 1,000 answers: the one before them is gone, and its key is named', async () => {
    const first = await manager.create(CREATE, withKey('first of 1,000'));
    await fill(999);
    expectReplay(await manager.create(CREATE, withKey('first of 1,000')), first);
    await manager.create({ ...CREATE, name: 'One more' }, withKey('one more'));
    const gone = await manager.create(CREATE, withKey('first of 1,000'));
    expectError(gone, 409, 'idempotency_replay_gone');
    expect(gone.body.error.detail).toContain(first.body.id);
  });

  test('is 100,000 values: the one before them is a first request again', async () => {
    expect(KEPT_PER_CALLER).toEqual({ sealed: 1_000, kept: 100_000 });
    const { id } = await organization.createKey();
    const send = () => manager.rotate(id, { force: true }, withKey('oldest'));
    const first = await send();
    await fill(1, { sealed: 1, kept: 2 });
    expectError(await send(), 409, 'idempotency_replay_gone');
    await fill(1, { sealed: 1, kept: 2 });
    const anew = await send();
    expect([anew.status, anew.headers.get('idempotent-replayed')]).toEqual([200, null]);
    expect(anew.body.key).not.toBe(first.body.key);
  });
});

describe('while the first request still runs', () => {
  let slow: TestApi;
  let running: Promise<TestResponse>;
  let finish: () => void;
  let waitedMs: number[];
  let timeOut: () => void;

  beforeEach(async () => {
    waitedMs = [];
    const held = new Promise<void>((resolve) => (finish = resolve));
    let entered!: () => void;
    const begun = new Promise<void>((resolve) => (entered = resolve));
    const store = storeWith(api.store, {
      async change(organizationId, work) {
        entered();
        await held;
        return api.store.change(organizationId, work);
      },
    });
    const timeout = (ms: number) => {
      waitedMs.push(ms);
      const controller = new AbortController();
      timeOut = () => controller.abort();
      waiting();
      return controller.signal;
    };
    slow = await startApi({ store, clock: api.clock, timeout });
    running = callerOf(slow, organization.manager).create(CREATE, withKey('slow'));
    await begun;
    return async () => {
      finish();
      await running;
      await slow.close();
    };
  });

  let waiting = () => {};
  /** Sends the request again, and resolves to its answer once it stands waiting. */
  async function sendAgain(): Promise<{ answer: Promise<TestResponse> }> {
    const stands = new Promise<void>((resolve) => (waiting = resolve));
    const answer = callerOf(slow, organization.manager).create(CREATE, withKey('slow'));
    await stands;
    return { answer };
  }

  test('a second waits for it, at most two seconds, and then gets its answer', async () => {
    const { answer } = await sendAgain();
    expect(waitedMs).toEqual([2000]);
    finish();
    expectReplay(await answer, await running);
  });

  test('a second that has waited too long is told to come again', async () => {
    const { answer } = await sendAgain();
    timeOut();
    const refused = await answer;
    expectError(refused, 409, 'idempotency_in_progress');
    expect(refused.body.error).toMatchObject({ type: 'conflict', retryable: true, retry_after: 1 });
    expect(refused.headers.get('retry-after')).toBe('1');
    expectDocumented(
      operations.find(({ id }) => id === 'createApiKey')!,
      refused,
    );
    finish();
    expect((await running).status).toBe(201);
  });

  test('in another process, a second waits for the organization, and is then given its answer', async () => {
    const [second] = await Promise.all([manager.create(CREATE, withKey('slow')), finish()]);
    const first = await running;
    expect(second.text).toBe(first.text);
    expect([first, second].filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(1);
  });
});

describe('an Idempotency-Key', () => {
  test.each([
    { what: 'one character', value: 'a' },
    { what: '255 characters', value: 'a'.repeat(255) },
    { what: 'every printable character', value: String.raw`!"#$%&'()*+,-./09:;<=>?@AZ[\]^_ az{|}~` },
    { what: '255 characters, all escaped', value: `"${String.raw`\"`.repeat(255)}"` },
    { what: 'a quoted space', value: '" "' },
  ])('may be $what', async ({ value }) => {
    expect((await manager.create(CREATE, withKey(value))).status).toBe(201);
  });

  test.each([
    { what: 'empty', value: '' },
    { what: 'a quoted nothing', value: '""' },
    { what: '256 characters', value: 'a'.repeat(256) },
    { what: '256 quoted characters', value: `"${'a'.repeat(256)}"` },
    { what: 'not ASCII', value: 'cl\u00e9' },
    { what: 'a tab within', value: 'a\tb' },
    { what: 'a quote that is not closed', value: '"a' },
    { what: 'a lonely quote', value: '"' },
    { what: 'a quote within quotes', value: '"a"b"' },
    { what: 'an escape of another character', value: String.raw`"a\b"` },
    { what: 'a quoted string with a parameter', value: '"a";b=1' },
  ])('that is $what is refused, and named', async ({ value }) => {
    const response = await manager.create(CREATE, withKey(value));
    expectInvalid(response, 'Idempotency-Key');
    expect(await names()).toEqual(['First key']);
  });
});
