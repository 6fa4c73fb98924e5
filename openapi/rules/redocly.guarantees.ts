import type { Guarantees } from './testing/guarantees.ts';

const list = '#/paths/~1boxes/get';

export default {
  'rule/stated-security': [
    { that: 'accepts an operation that names its credentials', given: {}, want: [] },
    {
      that: 'refuses an operation that inherits its security',
      given: { [`${list}/security`]: undefined, '#/security': [{ apiKey: [] }] },
      want: [`${list}/security`],
    },
    {
      that: 'refuses an operation that asks for none',
      given: { [`${list}/security`]: [] },
      want: [`${list}/security`],
    },
  ],

  'rule/no-anonymous-alternative': [
    {
      that: 'refuses an empty requirement beside another',
      given: { [`${list}/security`]: [{ apiKey: [] }, {}] },
      want: [`${list}/security/1`],
    },
  ],

  'rule/stated-headers': [
    ...['required', 'description'].map((field) => ({
      that: `refuses a header without ${field}`,
      given: { [`#/components/headers/Location/${field}`]: undefined },
      want: ['#/components/headers/Location'],
    })),
    {
      that: 'refuses a header described as content, which the server does not check',
      given: {
        '#/components/headers/Location/schema': undefined,
        '#/components/headers/Location/content': {
          'text/plain': { schema: { type: 'string', const: 'a' }, example: 'a' },
        },
      },
      want: ['#/components/headers/Location'],
    },
    {
      that: 'accepts a header that is said to be optional',
      given: { '#/components/headers/Location/required': false },
      want: [],
    },
  ],

  'rule/snake-case-fields': [
    {
      that: 'accepts snake_case and digits',
      given: { '#/components/schemas/Box/properties/line_2': { type: 'boolean' } },
      want: [],
    },
    ...['createdAt', 'CreatedAt', 'created-at', 'created_', 'x-created'].map((name) => ({
      that: `refuses ${name}`,
      given: { [`#/components/schemas/Box/properties/${name}`]: { type: 'boolean' } },
      want: [`#/components/schemas/Box/properties/${name}`],
    })),
    {
      that: 'leaves the keys of maps alone',
      given: {
        '#/components/schemas/Error/patternProperties': { '^X-': { type: 'boolean' } },
        '#/components/schemas/Error/maxProperties': 9,
      },
      want: [],
    },
  ],

  'rule/snake-case-parameters': [
    {
      that: 'refuses a query parameter in camelCase',
      given: { '#/components/parameters/Limit/name': 'pageLimit' },
      want: ['#/components/parameters/Limit/name'],
    },
    {
      that: 'leaves the names of header fields alone',
      given: { '#/components/parameters/Limit/name': 'Page-Limit', '#/components/parameters/Limit/in': 'header' },
      want: [],
    },
  ],

  'rule/camel-case-operation-ids': [
    { that: 'refuses kebab-case', given: { [`${list}/operationId`]: 'list-boxes' }, want: [`${list}/operationId`] },
  ],

  // A rule that throws takes all reports with it, so ours leave what is not OpenAPI to Redocly's own.
  struct: [
    '#/paths/~1boxes',
    '#/paths/~1boxes/get',
    '#/paths/~1boxes/get/parameters',
    '#/paths/~1boxes/get/security/0',
    '#/paths/~1boxes/get/responses',
    '#/paths/~1boxes/get/responses/200',
    '#/paths/~1boxes/get/responses/200/headers',
    '#/paths/~1boxes/get/responses/200/content',
    '#/paths/~1boxes/post/requestBody',
    '#/paths/~1boxes/post/requestBody/content/application~1json',
    '#/paths/~1boxes/post/requestBody/content/application~1json/schema',
    '#/components/parameters/Limit/schema',
    '#/components/headers/Location/schema',
    '#/components/schemas/NewBox',
    '#/components/schemas/NewBox/properties',
    '#/components/schemas/NewBox/properties/contents',
    '#/components/schemas/NewBox/properties/contents/items',
    '#/components/schemas/NewBox/properties/labels/additionalProperties',
  ].map((pointer) => ({
    that: `reports ${pointer} when it is still empty`,
    given: { [pointer]: null },
    want: [pointer],
  })),

  'no-invalid-media-type-examples': [
    {
      that: 'refuses a field that no schema declares, also where the schema is open',
      given: { '#/components/responses/BadRequest/content/application~1json/example': { message: 'a', mesage: 'b' } },
      want: ['#/components/responses/BadRequest/content/application~1json/example/mesage'],
    },
  ],
} satisfies Guarantees;
