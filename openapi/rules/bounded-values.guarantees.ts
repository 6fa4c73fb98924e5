import type { Guarantee, Guarantees } from './testing/guarantees.ts';

const size = '#/components/schemas/Box/properties/size';

const accepts = (what: string, schema: unknown): Guarantee => ({
  that: `accepts ${what}`,
  given: { [size]: schema },
  want: [],
});

const refuses = (what: string, schema: unknown, below = ''): Guarantee => ({
  that: `refuses ${what}`,
  given: { [size]: schema },
  want: [size + below],
});

const word = { type: 'string', maxLength: 9 };

export default {
  'signa/bounded-values': [
    accepts('a string with maxLength', word),
    accepts('a string with an enum', { type: 'string', enum: ['S', 'M'] }),
    accepts('a string with a const', { type: 'string', const: 'S' }),
    accepts('a string with a format and a pattern', { type: 'string', format: 'date', pattern: '^[0-9-]{10}$' }),
    refuses('a string without a bound', { type: 'string' }),
    refuses('a string with a format alone, which validators may ignore', { type: 'string', format: 'date' }),
    refuses('a string with a pattern alone, which need not bound it', { type: 'string', pattern: '^S' }),
    refuses('a string that may be null, without a bound', { type: ['string', 'null'] }),

    accepts('a number between two bounds', { type: 'number', minimum: 0, maximum: 1 }),
    accepts('a number between two bounds that it may not reach', {
      type: 'number',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
    }),
    accepts('an integer with an enum', { type: 'integer', enum: [1, 2] }),
    refuses('an integer without a maximum', { type: 'integer', minimum: 0 }),
    refuses('a number without a minimum', { type: 'number', maximum: 0 }),
    refuses('an integer that may be null, without bounds', { type: ['integer', 'null'] }),

    accepts('an array with items and maxItems', { type: 'array', items: word, maxItems: 3 }),
    accepts('an array whose places are listed', {
      type: 'array',
      prefixItems: [word],
      items: false,
      maxItems: 1,
    }),
    refuses('an array without maxItems', { type: 'array', items: word }),
    refuses('an array without items', { type: 'array', maxItems: 3 }),
    refuses(
      'an array whose items are not bounded',
      { type: 'array', items: { type: 'string' }, maxItems: 3 },
      '/items',
    ),

    accepts('an object with properties', { type: 'object', properties: { word } }),
    accepts('an object without any field', { type: 'object', additionalProperties: false }),
    accepts('a map with maxProperties', { type: 'object', additionalProperties: word, maxProperties: 3 }),
    refuses('an object that says nothing', { type: 'object' }),
    refuses('an object that says no more than an empty list of properties', { type: 'object', properties: {} }),
    refuses('a map without maxProperties', { type: 'object', additionalProperties: word }),
    refuses('a map beside properties, without maxProperties', {
      type: 'object',
      properties: { word },
      additionalProperties: word,
    }),
    refuses('a map by patterns without maxProperties', {
      type: 'object',
      properties: { word },
      patternProperties: { '^a': word },
    }),
    accepts('names that are only bounded, since they are strings', {
      type: 'object',
      additionalProperties: word,
      maxProperties: 3,
      propertyNames: { maxLength: 9 },
    }),
    refuses(
      'a name of any length in a map',
      { type: 'object', additionalProperties: word, maxProperties: 3, propertyNames: { type: 'string' } },
      '/propertyNames',
    ),

    accepts('a boolean', { type: 'boolean' }),
    accepts('null', { type: 'null' }),
    accepts('alternatives that all have a type', { oneOf: [word, { type: 'null' }] }),
    accepts('alternatives behind a $ref', { oneOf: [{ $ref: '#/components/schemas/Name' }, { type: 'null' }] }),
    accepts('a composition in which one part has a type', { allOf: [word, { pattern: '^a' }] }),
    accepts('restrictions without a type', {
      type: 'object',
      properties: { word, not: word },
      anyOf: [{ required: ['word'] }, { required: ['not'] }],
      not: { required: ['word', 'not'] },
    }),
    refuses('true, which accepts anything', true),
    refuses('a schema that accepts anything', { description: 'Anything.' }),
    refuses('a schema that accepts anything among alternatives', { anyOf: [word, { description: 'Anything.' }] }),
    refuses(
      'a property that accepts anything, whatever its name',
      { type: 'object', properties: { not: { description: 'Anything.' } } },
      '/properties/not',
    ),
    {
      that: 'refuses an unbounded parameter',
      given: { '#/components/schemas/Limit/maximum': undefined },
      want: ['#/components/schemas/Limit'],
    },
    {
      that: 'refuses an unbounded header',
      given: { '#/components/headers/Location/schema/const': undefined },
      want: ['#/components/headers/Location/schema'],
    },
    {
      that: 'refuses an unbounded field of a request',
      given: { '#/components/schemas/Name/maxLength': undefined },
      want: ['#/components/schemas/Name'],
    },
  ],
} satisfies Guarantees;
