import type { Guarantees } from './testing/guarantees.ts';

const post = '#/paths/~1boxes/post';
const body = `${post}/requestBody/content/application~1json`;
const created = `${post}/responses/201/content/application~1json`;
const failed = '#/components/responses/BadRequest/content/application~1json';
const limit = '#/components/parameters/Limit';
const location = '#/components/headers/Location';

export default {
  'signa/examples-everywhere': [
    { that: 'accepts an example beside a body, and in the schema of a parameter or a header', given: {}, want: [] },
    { that: 'refuses a request body without an example', given: { [`${body}/example`]: undefined }, want: [body] },
    { that: 'refuses a success without an example', given: { [`${created}/example`]: undefined }, want: [created] },
    { that: 'refuses an error without an example', given: { [`${failed}/example`]: undefined }, want: [failed] },
    {
      that: 'refuses an empty list of examples',
      given: { [`${created}/example`]: undefined, [`${created}/examples`]: {} },
      want: [created],
    },
    {
      that: "does not count the example of a body's schema",
      given: { [`${created}/example`]: undefined, '#/components/schemas/Box/examples': [{ name: 'Blue' }] },
      want: [created],
    },
    {
      that: 'refuses a parameter without an example, though its schema is shared',
      given: { '#/components/schemas/Limit/examples': undefined },
      want: [limit],
    },
    {
      that: 'accepts the example of a parameter itself',
      given: { '#/components/schemas/Limit/examples': undefined, [`${limit}/example`]: 20 },
      want: [],
    },
    {
      that: 'accepts an example beside the $ref of a schema',
      given: { '#/components/schemas/Limit/examples': undefined, [`${limit}/schema/examples`]: [20] },
      want: [],
    },
    {
      that: 'refuses a parameter of an operation without an example',
      given: {
        [`${post}/parameters`]: [
          { name: 'dry_run', in: 'query', description: 'Only check.', schema: { type: 'boolean' } },
        ],
      },
      want: [`${post}/parameters/0`],
    },
    ...[limit, location].map((described) => ({
      that: `accepts the example of the content that describes ${described}`,
      given: {
        [`${described}/schema`]: undefined,
        [`${described}/content`]: { 'text/plain': { schema: { type: 'string', const: 'a' }, example: 'a' } },
      },
      want: [],
    })),
    {
      that: 'refuses a header without an example',
      given: { [`${location}/schema/examples`]: undefined },
      want: [location],
    },
    {
      that: 'refuses an empty list of examples in a header',
      given: { [`${location}/schema/examples`]: [] },
      want: [location],
    },
  ],
} satisfies Guarantees;
