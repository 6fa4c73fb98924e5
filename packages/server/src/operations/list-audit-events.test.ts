import { createHash, randomBytes } from 'node:crypto';
import type { components } from '@signa/openapi';
import { paginate } from '@signa/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { description } from '../contract/description.ts';
import { issueKeyAsOperator } from '../index.ts';
import { type TestCaller, callerOf } from '../testing/caller-of.ts';
import { expectInvalid } from '../testing/expect-error.ts';
import {
  type TestApi,
  type TestKey,
  type TestOrganization,
  type TestResponse,
  startApi,
} from '../testing/start-api.ts';

type AuditEvent = components['schemas']['AuditEvent'];

const EVENTS = '/v1/organization/audit-events';
const DAY = 86_400;

let api: TestApi;
let organization: TestOrganization;
let manager: TestCaller;
let maker: TestKey;
let target: TestKey;

/**
 * Three days. On the first, a key that makes others is made; on the second it makes one, which is changed in every way; on the third
 * it is revoked.
 */
beforeAll(async () => {
  api = await startApi();
  organization = await api.createOrganization();
  manager = callerOf(api, organization.manager);
  maker = await organization.createKey({ name: 'Maker', scopes: ['api-keys:manage', 'trademarks:read'] });
  api.clock.advance(DAY);
  target = await organization.createKey({ name: 'Target', as: maker });
  await manager.update(target.id, {
    name: 'Ziel',
    metadata: JSON.parse('{"__proto__":"a","größe":"\\u2028","1":"c"}'),
  });
  await callerOf(api, maker).rotate(target.id, { grace_period_seconds: 60 });
  await manager.revoke(target.id);
  api.clock.advance(DAY);
  await manager.revoke(maker.id);
  const spare = { name: 'Spare', scopes: ['billing:read'] } as const;
  await issueKeyAsOperator({ ...api, random: randomBytes }, organization.id, spare, async () => {});
});
afterAll(() => api.close());

function list(query: Readonly<Record<string, string>> = {}, { key } = organization.manager): Promise<TestResponse> {
  return api.send({ key, path: `${EVENTS}?${new URLSearchParams(query)}` });
}

/** What happened, in short. */
const actionsIn = ({ body }: TestResponse): string[] =>
  body.data.map(({ action, target: { id } }: AuditEvent) => `${action.replace('api_key.', '')} ${nameOf(id)}`);

function nameOf(id: string): string {
  return { [organization.manager.id]: 'manager', [maker.id]: 'maker', [target.id]: 'target' }[id] ?? 'other';
}

const ALL = [
  'created other',
  'revoked maker',
  'revoked target',
  'rotated target',
  'updated target',
  'created target',
  'created maker',
  'created manager',
];

describe('the list', () => {
  test('tells every change, the newest first', async () => {
    const response = await list();
    expect(actionsIn(response)).toEqual(ALL);
    expect(response.body).toMatchObject({ object: 'list', has_more: false, pagination: { cursor: null } });
  });

  test('tells who, what, when, from where, before and after', async () => {
    const updated = (await list({ action: 'api_key.updated' })).body.data[0] as AuditEvent;
    expect(updated).toMatchObject({
      id: expect.stringMatching(/^evt_/),
      object: 'audit_event',
      occurred_at: api.clock.timestampIn(-DAY),
      actor: { type: 'api_key', id: organization.manager.id },
      target: { type: 'api_key', id: target.id },
      before: { name: 'Target', metadata: {} },
      request_id: expect.stringMatching(/^req_/),
      client_address: expect.stringContaining('127.0.0.1'),
    });
    expect(updated.after.name).toBe('Ziel');
    expect(Object.entries(updated.after.metadata!).toSorted()).toEqual([
      ['1', 'c'],
      ['__proto__', 'a'],
      ['größe', '\u2028'],
    ]);
  });

  test("tells of an operator's change that it was one, and no more", async () => {
    const [issued] = (await list({ limit: '1' })).body.data;
    expect(issued).toMatchObject({ actor: { type: 'operator', id: null }, request_id: null, client_address: null });
  });

  test('can be walked by the client, page by page, while events are added', async () => {
    const client = api.client(organization.manager.key);
    const seen: number[] = [];
    for await (const { sequence } of paginate(client, EVENTS, { query: { limit: 2 } })) {
      seen.push(sequence);
      await organization.createKey();
    }
    expect(seen).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  });
});

describe('filters', () => {
  test.each([
    {
      question: 'what a key has done',
      query: () => ({ actor_id: maker.id }),
      found: ['rotated target', 'created target'],
    },
    {
      question: 'what happened to a key',
      query: () => ({ target_id: target.id }),
      found: ['revoked target', 'rotated target', 'updated target', 'created target'],
    },
    { question: 'what was rotated', query: () => ({ action: 'api_key.rotated' }), found: ['rotated target'] },
    {
      question: 'what a key did to another on one day',
      query: () => ({ actor_id: maker.id, target_id: target.id, start_date: '2026-03-25', end_date: '2026-03-25' }),
      found: ['rotated target', 'created target'],
    },
    {
      question: 'what happened until a day, which is included',
      query: () => ({ end_date: '2026-03-24' }),
      found: ['created maker', 'created manager'],
    },
    {
      question: 'what was revoked from a day on, which is included',
      query: () => ({ start_date: '2026-03-26', action: 'api_key.revoked' }),
      found: ['revoked maker'],
    },
    { question: 'what happened before there was anything', query: () => ({ end_date: '2026-03-23' }), found: [] },
    { question: 'what an unknown key did', query: () => ({ actor_id: 'key_0000000000000000' }), found: [] },
  ])('tell $question', async ({ query, found }) => {
    expect(actionsIn(await list(query()))).toEqual(found);
  });

  test.each([
    [{ action: 'organization.created' }, 'action'],
    [{ actor_id: 'operator' }, 'actor_id'],
    [{ target_id: 'orgn_Zk3vB7mQx1sD9fLc' }, 'target_id'],
    [{ start_date: '2026-02-30' }, 'start_date'],
    [{ end_date: '2026-3-1' }, 'end_date'],
    [{ end_date: '2026-03-24T16:00:00Z' }, 'end_date'],
    [{ start_date: '2026-03-25', end_date: '2026-03-24' }, 'end_date'],
    [{ include_total: 'true' }, 'include_total'],
  ])('%o are refused, and the parameter is named', async (query, path) => {
    expectInvalid(await list(query), path);
  });
});

describe('a cursor', () => {
  test('opens no page of another query, nor of another organization', async () => {
    const { cursor } = (await list({ limit: '1', target_id: target.id })).body.pagination;
    expect(actionsIn(await list({ limit: '1', target_id: target.id, cursor }))).toEqual(['rotated target']);
    for (const other of [{}, { actor_id: target.id }, { target_id: target.id, start_date: '2026-03-24' }]) {
      expectInvalid(await list({ ...other, cursor }), 'cursor');
    }
    const stranger = await api.createOrganization();
    expectInvalid(await list({ target_id: target.id, cursor }, stranger.manager), 'cursor');
  });
});

describe('an organization sees its own chain only', () => {
  test('whatever it asks for', async () => {
    const stranger = await api.createOrganization();
    for (const query of [{ target_id: target.id }, { actor_id: maker.id }]) {
      expect((await list(query, stranger.manager)).body.data).toEqual([]);
    }
    const { data } = (await list({}, stranger.manager)).body;
    expect(data.map(({ chain }: AuditEvent) => chain)).toEqual([stranger.id]);
  });
});

describe('the chain can be checked as the contract says', () => {
  test('from what the API shows', async () => {
    const events = (await list({ limit: '100' })).body.data.toReversed() as AuditEvent[];
    expectChain(events);
    expect(events[0]).toMatchObject({ sequence: 1, previous_hash: '0'.repeat(64) });
  });

  test("from the contract's own examples", () => {
    const examples = Object.values(
      // Examples are no part of what the server reads of the contract, and so not of its type.
      (description as unknown as Contract).paths[EVENTS]!.get.responses['200'].content['application/json'].examples,
    );
    const events = examples.flatMap(({ value }) => value.data);
    expectChain(events.toSorted((a, b) => a.sequence - b.sequence));
    expect(events).toHaveLength(3);
  });

  function expectChain(events: AuditEvent[]): void {
    for (const [index, { hash, ...rest }] of events.entries()) {
      expect(createHash('sha256').update(canonical(rest)).digest('hex')).toBe(hash);
      if (index > 0) expect(rest).toMatchObject({ sequence: index + 1, previous_hash: events[index - 1]!.hash });
    }
  }
});

interface Contract {
  readonly paths: Record<
    string,
    {
      get: {
        responses: {
          200: { content: { 'application/json': { examples: Record<string, { value: { data: AuditEvent[] } }> } } };
        };
      };
    }
  >;
}

/** RFC 8785, written anew: as a reader of the contract would. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).toSorted();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name as never])}`).join(',')}}`;
}
