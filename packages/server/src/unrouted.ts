import type { Operation } from './contract/operations.ts';

const header = { required: true, schema: { type: 'string' } };

const headers = {
  'X-Request-Id': header,
  'Cache-Control': header,
  'X-Content-Type-Options': header,
  'Referrer-Policy': header,
  'Content-Security-Policy': header,
};

const error = { headers, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };

/**
 * What is answered when no operation was found for a request. OpenAPI has no place for such answers, so the contract lists them in
 * its introduction; they too are checked before they leave.
 */
export const UNROUTED: Pick<Operation, 'id' | 'description'> = {
  id: 'unrouted',
  description: {
    responses: {
      400: error,
      404: error,
      405: { ...error, headers: { ...headers, Allow: header } },
      431: error,
      500: error,
    },
  },
};
