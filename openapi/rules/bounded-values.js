import { isSchema, typesOf } from './schema.js';

/**
 * Every value has a largest size.
 *
 * In a request the bounds are what keeps a caller from filling the database or a regular expression from running long.
 * In a response they tell a client how large a column or a buffer has to be, and they make `redocly diff` see a change
 * of size.
 */
export function boundedValues() {
  return {
    Schema(schema, { location, report }) {
      if (isListed(schema)) return;
      if (!saysWhatItAccepts(schema) && !isRestriction(location)) {
        report({ message: 'A schema states its type.', location });
      }
      for (const type of typesOf(schema)) {
        const bound = bounds[type];
        if (bound && !bound.holds(schema)) report({ message: bound.message, location });
      }
    },
    SchemaProperties(properties, { location, report }) {
      for (const [name, schema] of Object.entries(properties)) {
        if (schema === true) report({ message: 'A schema states its type.', location: location.child([name]) });
      }
    },
  };
}

const isStated = (value) => value !== undefined;
const isListed = (schema) => isStated(schema.enum) || isStated(schema.const);

const number = {
  message: 'A number has minimum and maximum, or an enum.',
  holds: (schema) =>
    isStated(schema.minimum ?? schema.exclusiveMinimum) && isStated(schema.maximum ?? schema.exclusiveMaximum),
};

const bounds = {
  string: {
    message: 'A string has maxLength, an enum, or a format with a pattern.',
    holds: (schema) => isStated(schema.maxLength) || (isStated(schema.format) && isStated(schema.pattern)),
  },
  array: {
    message: 'An array has items and maxItems.',
    holds: (schema) => (isSchema(schema.items) || schema.items === false) && isStated(schema.maxItems),
  },
  integer: number,
  number,
  object: {
    message: 'An object has properties or additionalProperties: false; as a map it has maxProperties.',
    holds: (schema) =>
      isSchema(schema.additionalProperties) || isSchema(schema.patternProperties)
        ? isStated(schema.maxProperties)
        : schema.additionalProperties === false || Object.keys(schema.properties ?? {}).length > 0,
  },
};

/** A schema without a type accepts anything, unless what it is composed of does not. A `$ref` is judged where it leads. */
function saysWhatItAccepts(schema) {
  if (!isSchema(schema)) return schema === false;
  if (isStated(schema.type) || isStated(schema.$ref) || isListed(schema)) return true;
  const { allOf = [], anyOf = [], oneOf = [] } = schema;
  return (
    allOf.some(saysWhatItAccepts) ||
    [anyOf, oneOf].some((either) => either.length > 0 && either.every(saysWhatItAccepts))
  );
}

/** Whether a schema stands where it only narrows another, such as `anyOf: [{ required: [a] }, { required: [b] }]`. */
const isRestriction = (location) => RESTRICTION.test(location.pointer);
const RESTRICTION =
  /(?<!\/properties)\/(?:(?:allOf|anyOf|oneOf)\/\d+|dependentSchemas\/[^/]+|if|then|else|not|contains|propertyNames)$/;
