const everyHeader = {
  'X-Request-Id': { $ref: '#/components/headers/RequestId' },
  'Cache-Control': { $ref: '#/components/headers/CacheControl' },
  'X-Content-Type-Options': { $ref: '#/components/headers/ContentTypeOptions' },
  'Referrer-Policy': { $ref: '#/components/headers/ReferrerPolicy' },
  'Content-Security-Policy': { $ref: '#/components/headers/ContentSecurityPolicy' },
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
  RateLimit: { $ref: '#/components/headers/RateLimit' },
};

const header = (value: string) => ({
  description: 'A header.',
  required: true,
  schema: { type: 'string', const: value, examples: [value] },
});

const error = (description: string, headers: object = {}) => ({
  description,
  headers: { ...everyHeader, ...headers },
  content: {
    'application/json': { schema: { $ref: '#/components/schemas/Error' }, example: { message: description } },
  },
});

const commonErrors = {
  '400': { $ref: '#/components/responses/BadRequest' },
  '401': { $ref: '#/components/responses/Unauthorized' },
  '429': { $ref: '#/components/responses/RateLimited' },
  '500': { $ref: '#/components/responses/InternalError' },
  '503': { $ref: '#/components/responses/ServiceUnavailable' },
};

/**
 * A small contract that keeps every convention. Each test changes one place of it, so that what the linter then reports
 * is the effect of that change.
 */
export const validContract = {
  openapi: '3.1.0',
  info: { title: 'Boxes', version: '1.0.0', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
  servers: [{ url: 'https://boxes.test' }],
  tags: [{ name: 'Boxes', description: 'Boxes of things.' }],
  paths: {
    '/boxes': {
      get: {
        operationId: 'listBoxes',
        summary: 'List boxes',
        description: 'Any key may.',
        tags: ['Boxes'],
        security: [{ apiKey: [] }],
        parameters: [{ $ref: '#/components/parameters/Limit' }],
        responses: {
          '200': {
            description: 'Boxes.',
            headers: everyHeader,
            content: {
              'application/json': {
                schema: { type: 'array', items: { $ref: '#/components/schemas/Box' }, maxItems: 100 },
                examples: { One: { value: [{ name: 'Blue', size: 3 }] } },
              },
            },
          },
          ...commonErrors,
        },
      },
      post: {
        operationId: 'createBox',
        summary: 'Create a box',
        description: 'Needs a scope.',
        tags: ['Boxes'],
        security: [{ apiKey: ['boxes:write'] }],
        parameters: [{ $ref: '#/components/parameters/IdempotencyKey' }],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { $ref: '#/components/schemas/NewBox' },
              example: { name: 'Blue', lining: { color: 'red' }, contents: [{ name: 'Pen' }], labels: { a: 'b' } },
            },
          },
        },
        responses: {
          '201': {
            description: 'The box.',
            headers: { ...everyHeader, Location: { $ref: '#/components/headers/Location' } },
            content: {
              'application/json': {
                schema: { $ref: '#/components/schemas/Box' },
                example: { name: 'Blue', size: null },
              },
            },
          },
          ...commonErrors,
          '403': { $ref: '#/components/responses/Forbidden' },
          '413': { $ref: '#/components/responses/PayloadTooLarge' },
          '415': { $ref: '#/components/responses/UnsupportedMediaType' },
        },
      },
    },
  },
  components: {
    securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
    parameters: {
      Limit: {
        name: 'page_limit',
        in: 'query',
        description: 'How many.',
        schema: { $ref: '#/components/schemas/Limit' },
      },
      IdempotencyKey: {
        name: 'Idempotency-Key',
        in: 'header',
        description: 'Which box.',
        schema: { type: 'string', maxLength: 50, examples: ['blue'] },
      },
    },
    headers: {
      RequestId: header('req_1'),
      CacheControl: header('no-store'),
      ContentTypeOptions: header('nosniff'),
      ReferrerPolicy: header('no-referrer'),
      ContentSecurityPolicy: header("default-src 'none'"),
      RateLimitPolicy: header('"reads";q=10;w=60'),
      RateLimit: header('"reads";r=9;t=60'),
      Location: header('/boxes/1'),
      RetryAfter: header('1'),
      Challenge: header('Bearer'),
    },
    responses: {
      BadRequest: error('Bad request.'),
      Unauthorized: error('Unauthorized.', { 'WWW-Authenticate': { $ref: '#/components/headers/Challenge' } }),
      Forbidden: error('Forbidden.'),
      PayloadTooLarge: error('Payload too large.'),
      UnsupportedMediaType: error('Unsupported media type.'),
      RateLimited: error('Rate limited.', { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } }),
      InternalError: error('Internal error.'),
      ServiceUnavailable: error('Unavailable.', { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } }),
    },
    schemas: {
      Limit: { type: 'integer', minimum: 1, maximum: 100, examples: [20] },
      Name: { type: 'string', maxLength: 50 },
      Box: {
        type: 'object',
        properties: {
          name: { $ref: '#/components/schemas/Name' },
          size: { type: ['integer', 'null'], minimum: 1, maximum: 9 },
        },
      },
      NewBox: {
        type: 'object',
        additionalProperties: false,
        properties: {
          name: { $ref: '#/components/schemas/Name' },
          lining: { $ref: '#/components/schemas/Lining' },
          contents: {
            type: 'array',
            maxItems: 10,
            items: {
              type: 'object',
              additionalProperties: false,
              properties: { name: { $ref: '#/components/schemas/Name' } },
            },
          },
          labels: {
            type: 'object',
            maxProperties: 5,
            additionalProperties: { $ref: '#/components/schemas/Name' },
          },
        },
      },
      Lining: {
        type: ['object', 'null'],
        additionalProperties: false,
        properties: { color: { type: 'string', enum: ['red', 'green'] } },
      },
      Error: { type: 'object', properties: { message: { type: 'string', maxLength: 100 } } },
    },
  },
};
