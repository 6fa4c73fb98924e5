import { describe, expect, test } from 'vitest';
import { type Description, description } from './description.ts';
import { readOperations } from './operations.ts';

function contractWith(operation: object): Description {
  return { openapi: '3.1.0', paths: { '/v1/things': { get: operation } }, components: { schemas: {} } };
}

const stated = { operationId: 'listThings', security: [{ apiKey: ['things:read'] }], responses: {} };

test('an operation states its id, its scheme and its scopes', () => {
  const [operation] = readOperations(contractWith(stated));
  expect(operation).toMatchObject({ id: 'listThings', method: 'get', scheme: 'apiKey', scopes: ['things:read'] });
});

describe('what could be called by an oversight is refused at start-up', () => {
  test.each([
    ['no security', { ...stated, security: undefined }],
    ['an empty list of security requirements', { ...stated, security: [] }],
    ['a requirement that anybody meets', { ...stated, security: [{}] }],
    ['an alternative that anybody meets', { ...stated, security: [{ apiKey: [] }, {}] }],
    ['two alternatives', { ...stated, security: [{ apiKey: [] }, { basic: [] }] }],
    ['two schemes together', { ...stated, security: [{ apiKey: [], basic: [] }] }],
    ['no operationId', { ...stated, operationId: undefined }],
  ])('%s', (_, operation) => {
    expect(() => readOperations(contractWith(operation))).toThrow('GET /v1/things');
  });
});

describe('what the server could only guess at is refused at start-up', () => {
  const errorOf = (schema: string) => ({
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  });
  const form = { schema: {} };

  test.each([
    ['bodies of two media types', { requestBody: { content: { 'application/json': form, 'text/plain': form } } }],
    ['a body of none', { requestBody: { content: {} } }],
    ['errors of two schemas', { responses: { 400: errorOf('Error'), 500: errorOf('OAuthError') } }],
    ['errors of an unknown schema', { responses: { 400: errorOf('Problem') } }],
    ['an error of no schema', { responses: { 400: errorOf('Error'), 500: {} } }],
  ])('%s', (_, change) => {
    expect(() => readOperations(contractWith({ ...stated, ...change }))).toThrow('GET /v1/things');
  });

  test('as long as it says which', () => {
    const requestBody = { required: true, content: { 'text/plain': form } };
    const responses = { 200: {}, 400: errorOf('OAuthError'), 500: errorOf('OAuthError') };
    const [operation] = readOperations(contractWith({ ...stated, requestBody, responses }));
    expect(operation).toMatchObject({ errorSchema: 'OAuthError', body: { mediaType: 'text/plain', required: true } });
  });
});

test('the contract of this server has operations, each with stated security', () => {
  expect(readOperations(description).map(({ id, scheme, scopes }) => [id, scheme, scopes.join(' ')])).toEqual([
    ['getOrganization', 'apiKey', ''],
    ['listApiKeys', 'apiKey', 'api-keys:manage'],
    ['createApiKey', 'apiKey', 'api-keys:manage'],
    ['getApiKey', 'apiKey', 'api-keys:manage'],
    ['revokeApiKey', 'apiKey', 'api-keys:manage'],
    ['updateApiKey', 'apiKey', 'api-keys:manage'],
    ['rotateApiKey', 'apiKey', 'api-keys:manage'],
    ['getApiKeyScopeUsage', 'apiKey', 'api-keys:manage'],
    ['listRequestLogs', 'apiKey', 'billing:read'],
    ['getUsageSummary', 'apiKey', 'billing:read'],
    ['introspectToken', 'resourceServer', ''],
    ['listAuditEvents', 'apiKey', 'api-keys:manage'],
  ]);
});
