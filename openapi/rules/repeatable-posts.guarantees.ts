import type { Guarantees } from './testing/guarantees.ts';
import { validContract } from './testing/valid-contract.ts';

const post = '#/paths/~1boxes/post';
const parameter = validContract.components.parameters.IdempotencyKey;

export default {
  'signa/repeatable-posts': [
    { that: 'accepts a POST that takes the header by a reference, and a GET that does not', given: {}, want: [] },
    { that: 'accepts a header that stands in the operation', given: { [`${post}/parameters`]: [parameter] }, want: [] },
    {
      that: 'accepts a header of all operations of the path, whatever its case',
      given: {
        [`${post}/parameters`]: undefined,
        '#/paths/~1boxes/parameters': [{ ...parameter, name: 'idempotency-key' }],
      },
      want: [],
    },
    { that: 'refuses a POST without parameters', given: { [`${post}/parameters`]: undefined }, want: [post] },
    {
      that: 'refuses a parameter of that name in another place',
      given: { [`${post}/parameters`]: [{ ...parameter, in: 'query' }] },
      want: [post],
    },
    {
      that: 'accepts a POST under another scheme without it',
      given: {
        '#/components/securitySchemes/basic': { type: 'http', scheme: 'basic' },
        [`${post}/parameters`]: undefined,
        [`${post}/security`]: [{ basic: [] }],
      },
      want: [],
    },
  ],
} satisfies Guarantees;
