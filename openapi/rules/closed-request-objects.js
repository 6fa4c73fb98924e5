import { isSchema, reachableSchemas, typesOf } from './schema.js';

/**
 * Every object in a request body says what becomes of a field it does not know: `additionalProperties: false`, or the
 * schema of a map's entries.
 *
 * A misspelled optional field (`expire_at`) that is ignored makes a key that never expires. Responses are left open on
 * purpose: a field can be added to them without a new version.
 */
export function closedRequestObjects() {
  const seen = new Set();
  return {
    RequestBody: {
      MediaType(mediaType, { location, report, resolve }) {
        for (const reached of reachableSchemas(mediaType.schema, location.child(['schema']), resolve, seen)) {
          if (!isObject(reached.schema) || isClosed(reached.schema)) continue;
          report({
            message: 'An object in a request states additionalProperties: false, or the schema of its entries.',
            location: reached.location,
          });
        }
      },
    },
  };
}

const isObject = (schema) => typesOf(schema).includes('object') || (!schema.type && isSchema(schema.properties));

/** An empty schema accepts anything, like `true`. */
const isClosed = ({ additionalProperties: rest }) => rest === false || (isSchema(rest) && Object.keys(rest).length > 0);
