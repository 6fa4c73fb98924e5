import type { Guarantees } from './testing/guarantees.ts';
import { validContract } from './testing/valid-contract.ts';

const list = '#/paths/~1boxes/get/responses';
const create = '#/paths/~1boxes/post/responses';
const { responses } = validContract.components;

export default {
  'signa/shared-error-responses': [
    { that: 'accepts errors that are shared, and no 403 where no scope is needed', given: {}, want: [] },
    {
      that: 'refuses an error that stands in the operation',
      given: { [`${list}/400`]: responses.BadRequest },
      want: [`${list}/400`],
    },
    {
      that: 'refuses a range of errors that stands in the operation',
      given: { [`${list}/5XX`]: responses.InternalError },
      want: [`${list}/5XX`],
    },
    {
      that: 'refuses a default response, which can be an error, that stands in the operation',
      given: { [`${list}/default`]: responses.InternalError },
      want: [`${list}/default`],
    },
    {
      that: "refuses a reference to another operation's error",
      given: { [`${create}/400`]: responses.BadRequest, [`${list}/400`]: { $ref: `${create}/400` } },
      want: [`${create}/400`, `${list}/400`],
    },
    {
      that: 'accepts the file components/responses.yaml, from another directory too',
      given: { '#/paths/~1boxes': { $ref: 'paths/boxes.json' } },
      files: {
        'paths/boxes.json': JSON.parse(
          JSON.stringify(validContract.paths['/boxes'])
            .replaceAll('#/components/responses/', '../components/responses.yaml#/')
            .replaceAll('"#/', '"../openapi.json#/'),
        ),
        'components/responses.yaml': JSON.parse(JSON.stringify(responses).replaceAll('"#/', '"../openapi.json#/')),
      },
      want: [],
    },
    ...['400', '401', '429', '500', '503'].map((status) => ({
      that: `refuses an operation that does not document ${status}`,
      given: { [`${list}/${status}`]: undefined },
      want: [list],
    })),
    {
      that: 'refuses an operation with a scope that does not document 403',
      given: { [`${create}/403`]: undefined },
      want: [create],
    },
    {
      that: 'refuses an operation with a body that does not document 413',
      given: { [`${create}/413`]: undefined },
      want: [create],
    },
    {
      that: 'refuses an operation with a body that does not document 415',
      given: { [`${create}/415`]: undefined },
      want: [create],
    },
  ],
} satisfies Guarantees;
