import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { callerOf } from '../testing/caller-of.ts';
import { startApi } from '../testing/start-api.ts';

test.each([
  // The id of the request is drawn before that of the key, of as many bytes.
  { what: 'an id', size: 20, draws: 2, repeats: { id: `key_${'B'.repeat(16)}` } },
  { what: 'a secret', size: 22, draws: 1, repeats: { prefix: 'sig_0101' } },
])('$what that exists already is made anew, and nobody is told', async ({ size, draws, repeats }) => {
  let repeated = 0;
  const unlucky = await startApi({
    random: (wanted) => {
      if (wanted !== size || repeated === 0) return randomBytes(wanted);
      repeated -= 1;
      return new Uint8Array(wanted).fill(1);
    },
  });
  const { manager } = await unlucky.createOrganization();
  const caller = callerOf(unlucky, manager);

  repeated = draws;
  const first = await caller.create({ name: 'First', scopes: ['trademarks:read'] });
  repeated = draws;
  const second = await caller.create({ name: 'Second', scopes: ['billing:read'] });

  expect(repeated, 'all that was to be repeated was').toBe(0);
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(first.body).toMatchObject(repeats);
  expect(second.body.id).not.toBe(first.body.id);
  expect(second.body.key).not.toBe(first.body.key);
  for (const { body } of [first, second]) {
    expect((await callerOf(unlucky, body).getOrganization()).body.api_key).toMatchObject({ id: body.id });
  }
  await unlucky.close();
});
