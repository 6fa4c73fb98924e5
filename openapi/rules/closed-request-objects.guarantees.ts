import type { Guarantees } from './testing/guarantees.ts';

const box = '#/components/schemas/NewBox';
const open = () => ({ type: 'object', properties: { size: { type: 'integer', minimum: 1, maximum: 9 } } });
const form = '#/paths/~1boxes/post/requestBody/content';
const openForm = { type: 'object', properties: { name: { $ref: '#/components/schemas/Name' } } };
const sentAsForm = (schema: object) => ({
  'application/x-www-form-urlencoded': { schema, example: { name: 'Blue' } },
});
const requestSchema = '#/paths/~1boxes/post/requestBody/content/application~1json/schema';

export default {
  'signa/closed-request-objects': [
    { that: 'accepts closed objects, and maps whose entries have a schema', given: {}, want: [] },
    {
      that: 'leaves the objects of responses open',
      given: { '#/components/schemas/Box/additionalProperties': true },
      want: [],
    },
    {
      that: 'refuses an open object behind a $ref',
      given: { [`${box}/additionalProperties`]: undefined },
      want: [box],
    },
    {
      that: 'refuses an open object that stands in the request body itself',
      given: {
        [requestSchema]: {
          type: 'object',
          properties: { name: { $ref: '#/components/schemas/Name' } },
        },
      },
      want: [requestSchema],
    },
    {
      that: 'refuses an open object behind a $ref into another file, and from there within it',
      given: { [`${box}/properties/lining/$ref`]: 'schemas.json#/Lining' },
      files: {
        'schemas.json': {
          Lining: { type: 'object', additionalProperties: false, properties: { cloth: { $ref: '#/Cloth' } } },
          Cloth: open(),
        },
      },
      want: ['schemas.json#/Cloth'],
    },
    {
      that: 'refuses an open object that responses refer to first',
      given: { [`${box}/properties/contents/items`]: { $ref: '#/components/schemas/Box' } },
      want: ['#/components/schemas/Box'],
    },
    {
      that: 'refuses an open object in an array',
      given: { [`${box}/properties/contents/items/additionalProperties`]: undefined },
      want: [`${box}/properties/contents/items`],
    },
    {
      that: 'refuses an open object that may be null',
      given: { '#/components/schemas/Lining/additionalProperties': undefined },
      want: ['#/components/schemas/Lining'],
    },
    ...['allOf', 'anyOf', 'oneOf', 'prefixItems'].map((keyword) => ({
      that: `refuses an open object in ${keyword}`,
      given: { [`${box}/properties/lining`]: { [keyword]: [{ $ref: '#/components/schemas/Lining' }, open()] } },
      want: [`${box}/properties/lining/${keyword}/1`],
    })),
    {
      that: 'refuses an open object as an entry that matches a pattern',
      given: { [`${box}/properties/labels/patternProperties`]: { '^a': open() } },
      want: [`${box}/properties/labels/patternProperties/^a`],
    },
    {
      that: 'refuses an open object as the entry of a map',
      given: {
        [`${box}/properties/labels/additionalProperties`]: open(),
      },
      want: [`${box}/properties/labels/additionalProperties`],
    },
    {
      that: 'refuses a map whose entries may be anything',
      given: { [`${box}/properties/labels/additionalProperties`]: true },
      want: [`${box}/properties/labels`],
    },
    {
      that: 'refuses a map whose entries have an empty schema, which is the same',
      given: { [`${box}/properties/labels/additionalProperties`]: {} },
      want: [`${box}/properties/labels`],
    },
    {
      that: 'refuses properties without a type',
      given: { [`${box}/type`]: undefined, [`${box}/additionalProperties`]: undefined },
      want: [box],
    },
    { that: 'accepts a form that is open, as OAuth has it', given: { [form]: sentAsForm(openForm) }, want: [] },
    {
      that: 'refuses a form that is closed',
      given: { [form]: sentAsForm({ ...openForm, additionalProperties: false }) },
      want: [`${form}/application~1x-www-form-urlencoded/schema`],
    },
    {
      that: 'refuses a form that is closed behind a $ref',
      given: { [form]: sentAsForm({ $ref: box }) },
      want: [box],
    },
    {
      that: 'refuses an open object in JSON beside a form',
      given: {
        [form]: { ...sentAsForm(openForm), 'application/json': { schema: openForm, example: { name: 'Blue' } } },
      },
      want: [`${form}/application~1json/schema`],
    },
    {
      that: 'ends where a schema contains itself',
      given: {
        [`${box}/properties/lining`]: { $ref: '#/components/schemas/NewBox' },
      },
      want: [],
    },
  ],
} satisfies Guarantees;
