import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SCOPES, createResourceServer, issueKeyAsOperator, revokeResourceServer } from '../index.ts';
import { formatTimestamp } from '../keys/timestamp.ts';
import { readAudit } from '../testing/read-audit.ts';
import { type TestApi, startApi } from '../testing/start-api.ts';

let api: TestApi;
let needs: Parameters<typeof revokeResourceServer>[0];
let rowsBefore: number;

beforeAll(async () => {
  api = await startApi();
  needs = { store: api.store, clock: api.clock, random: randomBytes };
});
afterAll(() => api.close());
beforeEach(async () => {
  rowsBefore = (await readAudit(api.store, 'operator')).length;
});

const newRows = async () => (await readAudit(api.store, 'operator')).slice(rowsBefore);
const notHandedOver = () => Promise.reject(new Error('not handed over'));

describe("the operators' audit chain", () => {
  test('has one row for a resource server that was made, and one for its revocation, however often', async () => {
    const wanted = { name: 'Gate', scopes: ['trademarks:read'] as const };
    const { resourceServer, secret } = await createResourceServer(needs, wanted, async () => {});
    api.clock.advance(60);
    await revokeResourceServer(needs, resourceServer.id);
    api.clock.advance(60);
    await revokeResourceServer(needs, resourceServer.id);

    const by = { actor: { type: 'operator', id: null }, target: { type: 'resource_server', id: resourceServer.id } };
    const { name, prefix, scopes, createdAt } = resourceServer;
    expect(await newRows()).toEqual([
      expect.objectContaining({
        ...by,
        action: 'resource_server.created',
        occurred_at: formatTimestamp(createdAt),
        before: {},
        after: { name, prefix, scopes },
      }),
      expect.objectContaining({
        ...by,
        action: 'resource_server.revoked',
        occurred_at: formatTimestamp(createdAt + 60),
        before: { status: 'active' },
        after: { status: 'revoked', revoked_at: api.clock.timestampIn(-60) },
      }),
    ]);
    expect(JSON.stringify(await newRows())).not.toContain(secret.slice(0, 11));
  });
});

describe('what could not be handed over', () => {
  test('a resource server: never existed', async () => {
    const before = await api.store.resourceServers.list();
    await expect(createResourceServer(needs, { name: 'Gate', scopes: SCOPES }, notHandedOver)).rejects.toThrow(
      'handed',
    );
    expect(await api.store.resourceServers.list()).toEqual(before);
    expect(await newRows()).toEqual([]);
  });

  test('a key: never existed, and its name is free', async () => {
    const { id } = await api.createOrganization();
    const wanted = { name: 'Spare', scopes: SCOPES };
    const rows = await readAudit(api.store, id);
    await expect(issueKeyAsOperator(needs, id, wanted, notHandedOver)).rejects.toThrow('handed');
    expect(await readAudit(api.store, id)).toEqual(rows);
    await expect(issueKeyAsOperator(needs, id, wanted, async () => {})).resolves.toMatchObject({
      apiKey: { name: 'Spare' },
    });
  });
});

test.each([
  { what: 'an id', size: 20 },
  { what: 'a secret', size: 22 },
])('$what that exists already is made anew, and nobody is told', async ({ size }) => {
  let repeats = 2;
  const unlucky = (wanted: number) => {
    if (wanted !== size || repeats === 0) return randomBytes(wanted);
    repeats -= 1;
    return new Uint8Array(wanted).fill(size);
  };
  const make = () =>
    createResourceServer({ ...needs, random: unlucky }, { name: 'Gate', scopes: SCOPES }, async () => {});
  const [first, second] = [await make(), await make()];
  expect(repeats).toBe(0);
  expect(second.resourceServer.id).not.toBe(first.resourceServer.id);
  expect(second.secret).not.toBe(first.secret);
});
