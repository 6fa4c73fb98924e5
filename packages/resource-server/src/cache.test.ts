import { expect, test } from 'vitest';
import { withCache } from './cache.ts';
import type { ActiveToken } from './introspect.ts';
import { IntrospectionError } from './introspection-error.ts';

const key: ActiveToken = {
  apiKeyId: 'key_Pe5hI9jKw2nQ8rTx',
  organizationId: 'orgn_Zk3vB7mQx1sD9fLc',
  scopes: ['trademarks:read'],
  expiresAt: null,
};

/** A cache of 10 s before an API whose answers take as long as the test says, on clocks that the test moves. */
function given({ maxEntries = 100 } = {}) {
  let ms = 5_000;
  let result: ActiveToken | null | Error = key;
  const asked: string[] = [];
  const finish: (() => void)[] = [];
  let slow = false;
  const introspect = withCache(
    async (token) => {
      asked.push(token);
      const answer = result;
      if (slow) await new Promise<void>((resolve) => void finish.push(resolve));
      if (answer instanceof Error) throw answer;
      return answer;
    },
    { maxAgeSeconds: 10, maxEntries },
    { monotonic: () => ms, clock: () => 1_774_368_000 + ms / 1000 },
  );
  return {
    asked,
    finish,
    check: (token = 'a', scopes = ['trademarks:read']) => introspect(token, scopes),
    pass: (seconds: number) => void (ms += seconds * 1000),
    answer: (next: typeof result) => void (result = next),
    slowDown: () => void (slow = true),
  };
}

test('a key is asked about once in ten seconds', async () => {
  const { check, pass, asked } = given();
  expect(await check()).toEqual(key);
  pass(9.999);
  expect(await check()).toEqual(key);
  expect(asked).toHaveLength(1);
  pass(0.001);
  expect(await check()).toEqual(key);
  expect(asked).toHaveLength(2);
});

test('being used does not make a key last longer', async () => {
  const { check, pass, asked } = given();
  for (let second = 0; second <= 10; second++, pass(1)) await check();
  expect(asked).toHaveLength(2);
});

test('a revoked key is admitted for no more than ten seconds after its revocation, however long the answer took', async () => {
  const { check, pass, answer, finish, slowDown } = given();
  slowDown();
  // The API looks at the key, which is revoked in the same moment; the answer arrives six seconds later.
  const first = check();
  answer(null);
  pass(6);
  finish.pop()!();
  expect(await first).toEqual(key);
  pass(3.999);
  expect(await check()).toEqual(key);
  pass(0.001);
  const next = check();
  finish.pop()!();
  expect(await next).toBeNull();
});

test('a key that expires is asked about from the second of its expiry on', async () => {
  const { check, pass, answer, asked } = given();
  // The clock of the test begins five seconds after this time.
  answer({ ...key, expiresAt: 1_774_368_000 + 5 + 3 });
  await check();
  pass(2.999);
  await check();
  expect(asked).toHaveLength(1);
  pass(0.001);
  await check();
  expect(asked).toHaveLength(2);
});

test('an inactive token is asked about every time: a new key counts at once, and what was remembered of it is gone', async () => {
  const { check, pass, answer, asked } = given();
  answer(null);
  expect(await check()).toBeNull();
  answer(key);
  expect(await check()).toEqual(key);
  pass(10);
  answer(null);
  expect(await check()).toBeNull();
  expect(await check()).toBeNull();
  expect(asked).toHaveLength(4);
});

test('a scope that the key lacked is asked for again, and counts once it was added', async () => {
  const { check, answer, asked } = given();
  await check();
  expect(await check('a', ['trademarks:read', 'billing:read'])).toEqual(key);
  answer({ ...key, scopes: ['trademarks:read', 'billing:read'] });
  expect(await check('a', ['billing:read'])).toMatchObject({ scopes: ['trademarks:read', 'billing:read'] });
  await check('a', ['billing:read']);
  expect(asked).toHaveLength(3);
});

test('a failure is neither remembered nor hidden', async () => {
  const { check, pass, answer, asked } = given();
  await check();
  pass(10);
  answer(new IntrospectionError('unreachable', 'Gone.'));
  await expect(check()).rejects.toMatchObject({ reason: 'unreachable' });
  answer(key);
  expect(await check()).toEqual(key);
  expect(asked).toHaveLength(3);
});

test('no more than maxEntries are remembered, and the one that was not used for longest goes', async () => {
  const { check, answer, asked } = given({ maxEntries: 2 });
  await check('a');
  await check('b');
  await check('a');
  await check('c');
  await check('a');
  await check('c');
  expect(asked).toEqual(['a', 'b', 'c']);
  await check('b');
  expect(asked).toEqual(['a', 'b', 'c', 'b']);
  // Tokens that somebody makes up push nothing out.
  answer(null);
  for (const made of ['x', 'y', 'z']) await check(made);
  answer(key);
  await check('b');
  await check('c');
  expect(asked.slice(4)).toEqual(['x', 'y', 'z']);
});
