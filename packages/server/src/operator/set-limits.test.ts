import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OrganizationLimits } from '../keys/api-key.ts';
import { OrganizationNotFoundError } from '../storage/store.ts';
import { callerOf } from '../testing/caller-of.ts';
import { expectError } from '../testing/expect-error.ts';
import { readAudit } from '../testing/read-audit.ts';
import { type TestApi, type TestOrganization, startApi } from '../testing/start-api.ts';
import { setLimits } from './set-limits.ts';

let api: TestApi;
let organization: TestOrganization;

beforeEach(async () => {
  api = await startApi({ limits: { reads: 100, writes: 10 } });
  organization = await api.createOrganization();
});
afterEach(() => api.close());

const set = (limits: Partial<OrganizationLimits>, id = organization.id) =>
  setLimits({ store: api.store, clock: api.clock, random: randomBytes }, id, limits);

async function policies(): Promise<(string | null)[]> {
  const caller = callerOf(api, organization.manager);
  const responses = [await caller.getOrganization(), await caller.create({})];
  return responses.map(({ headers }) => headers.get('ratelimit-policy'));
}

test('a limit holds from the next request on, and counts what was sent before it', async () => {
  const caller = callerOf(api, organization.manager);
  for (let sent = 0; sent < 3; sent++) await caller.getOrganization();
  await set({ reads: 4 });
  const last = await caller.getOrganization();
  expect([last.status, last.headers.get('ratelimit')]).toEqual([200, '"reads";r=0;t=60']);
  expectError(await caller.getOrganization(), 429, 'rate_limit_exceeded');
  await set({ reads: 2 });
  const beyond = await caller.getOrganization();
  expect([beyond.status, beyond.headers.get('ratelimit')]).toEqual([429, '"reads";r=0;t=60']);
  await set({ reads: null });
  const again = await caller.getOrganization();
  expect([again.status, again.headers.get('ratelimit')]).toEqual([200, '"reads";r=95;t=60']);
});

test('each limit is set by itself, above or below that of the process, and for one organization', async () => {
  await set({ writes: 5000 });
  expect(await policies()).toEqual(['"reads";q=100;w=60', '"writes";q=5000;w=60']);
  expect(await set({ reads: 7 })).toMatchObject({ id: organization.id, limits: { reads: 7, writes: 5000 } });
  expect(await policies()).toEqual(['"reads";q=7;w=60', '"writes";q=5000;w=60']);
  organization = await api.createOrganization();
  expect(await policies()).toEqual(['"reads";q=100;w=60', '"writes";q=10;w=60']);
});

test('the limit for writes is that of revocations and refusals as well, for each key', async () => {
  const reader = await organization.createKey();
  await set({ writes: 5 });
  const responses = [
    await callerOf(api, organization.manager).revoke(reader.id),
    await callerOf(api, await organization.createKey()).list(),
  ];
  const limits = responses.map(({ headers }) => [headers.get('ratelimit-policy'), headers.get('ratelimit')]);
  expect(limits).toEqual([
    ['"revocations";q=5;w=60', '"revocations";r=4;t=60'],
    ['"refusals";q=5;w=60', '"refusals";r=4;t=60'],
  ]);
});

test("a change is recorded in the operators' audit chain, with what it changed, before and after", async () => {
  const before = await readAudit(api.store, organization.id);
  await set({ reads: 20_000 });
  await set({ reads: null, writes: 5 });
  const rows = (await readAudit(api.store, 'operator')).filter(
    ({ action }) => action === 'organization.limits_changed',
  );
  const who = {
    actor: { type: 'operator', id: null },
    target: { type: 'organization', id: organization.id },
    occurred_at: api.clock.timestampIn(0),
    request_id: null,
    client_address: null,
  };
  expect(rows).toEqual([
    expect.objectContaining({ ...who, before: { reads: null }, after: { reads: 20_000 } }),
    expect.objectContaining({ ...who, before: { reads: 20_000, writes: null }, after: { reads: null, writes: 5 } }),
  ]);
  expect(await readAudit(api.store, organization.id), "the organization's own chain is left alone").toEqual(before);
});

test('what changes nothing is not recorded', async () => {
  await set({ reads: 5 });
  const rows = await readAudit(api.store, 'operator');
  await set({ reads: 5, writes: null });
  await set({});
  expect(await readAudit(api.store, 'operator')).toEqual(rows);
});

test('an unknown organization is refused, and nothing is recorded', async () => {
  const rows = await readAudit(api.store, 'operator');
  await expect(set({ reads: 5 }, 'orgn_unknown')).rejects.toThrow(OrganizationNotFoundError);
  expect(await readAudit(api.store, 'operator')).toEqual(rows);
});
