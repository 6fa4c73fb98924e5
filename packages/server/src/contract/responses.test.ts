import { describe, expect, test } from 'vitest';
import type { Description } from './description.ts';
import { ResponseCompiler } from './responses.ts';

const always = { required: true, schema: { type: 'string' } };
const commonHeaders = {
  'X-Request-Id': always,
  'Cache-Control': always,
  'X-Content-Type-Options': always,
  'Referrer-Policy': always,
  'Content-Security-Policy': always,
};

const contract: Description = {
  openapi: '3.1.0',
  paths: {},
  components: {
    schemas: {
      Thing: {
        type: 'object',
        properties: {
          id: { type: 'string', pattern: '^thing_' },
          owner: { type: ['string', 'null'] },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          parts: { type: 'array', items: { $ref: '#/components/schemas/Part' } },
          either: { $ref: '#/components/schemas/Either' },
        },
        required: ['id', 'owner'],
      },
      Either: {
        oneOf: [
          { type: 'object', properties: { there: { const: true }, size: { type: 'integer' } }, required: ['there'] },
          { type: 'object', properties: { there: { const: false } }, required: ['there'] },
        ],
      },
      Part: { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] },
    },
  },
};

const prepare = new ResponseCompiler(contract).compile({
  id: 'getThing',
  description: {
    responses: {
      200: {
        headers: {
          ...commonHeaders,
          Location: { required: true, schema: { type: 'string', pattern: '^/' } },
          Warning: { required: false, schema: { type: 'string' } },
        },
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
      },
    },
  },
});

const thing = { id: 'thing_1', owner: null };
const headers = { Location: '/things/1' };
const prepare200 = (body: unknown, others: Record<string, string> = headers) => prepare('req_1', 200, body, others);

test('an answer that the contract documents is serialised in the order of the contract', () => {
  const reply = prepare200({ parts: [{ size: 2 }], owner: null, id: 'thing_1', labels: { a: 'b' } });
  expect(reply.payload).toBe('{"id":"thing_1","owner":null,"labels":{"a":"b"},"parts":[{"size":2}]}');
  expect(reply.headers).toMatchObject({ 'X-Request-Id': 'req_1', 'Cache-Control': 'no-store', Location: '/things/1' });
});

test.each([
  { either: { size: 2, there: true }, payload: '{"there":true,"size":2}' },
  { either: { there: false }, payload: '{"there":false}' },
])('of two kinds of object each is serialised as it is', ({ either, payload }) => {
  expect(prepare200({ ...thing, either }).payload).toContain(`"either":${payload}`);
});

describe('an answer that the contract does not allow is withheld', () => {
  test.each([
    ['an undeclared field', { ...thing, secret: 'x' }],
    ['an undeclared field in a nested object', { ...thing, parts: [{ size: 1, secret: 'x' }] }],
    ['a missing field', { id: 'thing_1' }],
    ['a null that is not allowed', { ...thing, id: null }],
    ['a wrong type, which the serialiser would have coerced', { ...thing, parts: [{ size: '1' }] }],
    ['a value of a map that is of another type', { ...thing, labels: { a: 1 } }],
    ['a value that breaks its pattern', { ...thing, id: 'stranger' }],
    ['a field of the other kind of object', { ...thing, either: { there: false, size: 2 } }],
    ['a field that neither kind of object has', { ...thing, either: { there: true, secret: 'x' } }],
    ['no body', undefined],
  ])('%s', (_, body) => {
    expect(() => prepare200(body)).toThrow('getThing 200: the body');
  });

  test('a status that is not documented', () => {
    expect(() => prepare('req_1', 201, thing, headers)).toThrow('getThing does not document the status 201');
  });

  test.each([
    ['a required header is missing', {}, 'lacks the header location'],
    ['a header is not documented', { ...headers, 'X-Powered-By': 'x' }, 'does not document the header X-Powered-By'],
    ['a header breaks its schema', { Location: 'nowhere' }, 'the header Location must match pattern'],
  ])('%s', (_, given, message) => {
    expect(() => prepare200(thing, given as Record<string, string>)).toThrow(message);
  });

  test('an optional header may be there or not', () => {
    expect(prepare200(thing, { ...headers, Warning: 'x' }).headers).toHaveProperty('Warning');
    expect(prepare200(thing).headers).not.toHaveProperty('Warning');
  });
});

test('what it says of a wrong value does not repeat the value, which may be a secret', () => {
  expect(() => prepare200({ ...thing, id: 'planted-secret' })).toThrow(expect.not.stringContaining('planted-secret'));
});
