import type { Guarantees } from './testing/guarantees.ts';

const ok = '#/paths/~1boxes/get/responses/200';
const created = '#/paths/~1boxes/post/responses/201';
const everyHeader = [
  'X-Request-Id',
  'Cache-Control',
  'X-Content-Type-Options',
  'Referrer-Policy',
  'Content-Security-Policy',
  'RateLimit-Policy',
  'RateLimit',
];
const shared = '#/components/responses';

export default {
  'signa/documented-headers': [
    { that: 'accepts responses with the headers of every answer and of their status', given: {}, want: [] },
    {
      that: 'accepts header names in any case',
      given: { [`${ok}/headers/X-Request-Id`]: undefined, [`${ok}/headers/x-request-id`]: header('RequestId') },
      want: [],
    },
    ...everyHeader.map((name) => ({
      that: `refuses a success without ${name}`,
      given: { [`${ok}/headers/${name}`]: undefined },
      want: [ok],
    })),
    {
      that: 'refuses an error without X-Request-Id, once for all operations that share it',
      given: { [`${shared}/BadRequest/headers/X-Request-Id`]: undefined },
      want: [`${shared}/BadRequest`],
    },
    {
      that: 'refuses a response without any header, once for each that is missing',
      given: { [`${ok}/headers`]: undefined },
      want: everyHeader.map(() => ok),
    },
    {
      that: 'refuses a 201 without Location',
      given: { [`${created}/headers/Location`]: undefined },
      want: [created],
    },
    {
      that: 'refuses a 401 without WWW-Authenticate',
      given: {
        [`${shared}/Unauthorized/headers/WWW-Authenticate`]: undefined,
      },
      want: [`${shared}/Unauthorized`],
    },
    {
      that: 'refuses a 429 without Retry-After',
      given: { [`${shared}/RateLimited/headers/Retry-After`]: undefined },
      want: [`${shared}/RateLimited`],
    },
    {
      that: 'refuses a 503 without Retry-After',
      given: { [`${shared}/ServiceUnavailable/headers/Retry-After`]: undefined },
      want: [`${shared}/ServiceUnavailable`],
    },
    {
      that: 'asks of a response what each of its statuses calls for',
      given: { '#/paths/~1boxes/get/responses/503': { $ref: '#/components/responses/BadRequest' } },
      want: [`${shared}/BadRequest`],
    },
  ],
} satisfies Guarantees;

function header(name: string) {
  return { $ref: `#/components/headers/${name}` };
}
