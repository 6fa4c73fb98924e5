import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES, type Scope } from '../index.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectError } from '../testing/expect-error.ts';
import { type TestApi, type TestKey, type TestOrganization, startApi } from '../testing/start-api.ts';

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;

beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
});
afterAll(() => api.close());

/** Every set of scopes that the registry allows for, the empty one included. */
const subsets = SCOPES.reduce<Scope[][]>((sets, scope) => [...sets, ...sets.map((set) => [...set, scope])], [[]]);
const sets = subsets.filter((set) => set.length > 0);
const isWithin = (scopes: readonly Scope[], held: readonly Scope[]) => scopes.every((scope) => held.includes(scope));
const named = (scopes: readonly Scope[]) => scopes.join('+') || 'nothing';

test('every set of scopes is tried, each once', () => {
  expect(new Set(subsets.map((set) => [...set].toSorted().join())).size).toBe(2 ** SCOPES.length);
});

// A caller that holds nothing cannot exist: a key has at least one scope, as the first test below finds for the others.
describe.each(sets.map((held) => ({ held, holds: named(held) })))('a caller that holds $holds', ({ held }) => {
  const manages = held.includes('api-keys:manage');
  let caller: TestCaller;
  beforeAll(async () => {
    caller = callerOf(api, await organization.createKey({ scopes: held }));
  });

  test('creates a key with any set of scopes that it holds, and with no other', async () => {
    for (const wanted of subsets) {
      const response = await caller.create({ name: `${named(held)} makes ${named(wanted)}`, scopes: wanted });
      if (!manages) expectError(response, 403, 'insufficient_scope');
      else if (wanted.length === 0) expectError(response, 400, 'invalid_request');
      else if (!isWithin(wanted, held)) expectError(response, 403, 'scope_not_held');
      else {
        expect(response.status).toBe(201);
        expect((await callerOf(api, response.body).getOrganization()).body.api_key.scopes).toEqual(wanted);
      }
    }
  });

  test('adds to a key, whatever that holds, any scope that it holds itself, and no other', async () => {
    for (const before of sets) {
      const { id } = await organization.createKey({ scopes: before });
      for (const wanted of subsets) {
        const response = await caller.update(id, { scopes: wanted });
        const isAllowed = isWithin(wanted, [...held, ...before]);
        if (!manages) expectError(response, 403, 'insufficient_scope');
        else if (wanted.length === 0) expectError(response, 400, 'invalid_request');
        else if (!isAllowed) expectError(response, 403, 'scope_not_held');
        else expect(response.status).toBe(200);

        const { scopes } = (await api.store.getApiKey(organization.id, id))!;
        expect(scopes).toEqual(response.status === 200 ? wanted : before);
        if (response.status === 200) await manager.update(id, { scopes: before });
      }
    }
  });

  test('learns by rotation the secret of a key whose scopes it holds, and of no other', async () => {
    for (const scopes of sets) {
      const key: TestKey = await organization.createKey({ scopes });
      const response = await caller.rotate(key.id);
      const isRotated = manages && isWithin(scopes, held);
      if (!manages) expectError(response, 403, 'insufficient_scope');
      else if (!isRotated) expectError(response, 403, 'scope_not_held');
      else expect(response.status).toBe(200);
      expect(response.text.includes('"key"')).toBe(isRotated);
      expect((await callerOf(api, key).getOrganization()).status).toBe(isRotated ? 401 : 200);
    }
  });
});
