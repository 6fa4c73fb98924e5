import { isSchema, reachableSchemas, typesOf } from './schema.js';

/**
 * Every object in a request body says what becomes of a field it does not know: `additionalProperties: false`, or the
 * schema of a map's entries.
 *
 * A misspelled optional field (`expire_at`) that is ignored makes a key that never expires. Responses are left open on
 * purpose: a field can be added to them without a new version. A form is what OAuth's requests are, and OAuth has
 * parameters that are not known ignored (RFC 6749, section 3.2): its object must be open, and what it holds is text.
 */
export function closedRequestObjects() {
  const seen = new Set();
  return {
    RequestBody: {
      MediaType(mediaType, { key, location, report, resolve }) {
        if (key === FORM) {
          const { node, location: at } = formOf(mediaType, location, resolve);
          if (isSchema(node) && node.additionalProperties !== undefined) {
            report({
              message: 'A form ignores parameters that it does not know: leave its object open.',
              location: at,
            });
          }
          return;
        }
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

const FORM = 'application/x-www-form-urlencoded';

/** The schema of a form, behind its `$ref`. */
function formOf({ schema }, location, resolve) {
  const target = schema?.$ref ? resolve(schema) : {};
  return target.location ? target : { node: schema, location: location.child(['schema']) };
}

const isObject = (schema) => typesOf(schema).includes('object') || (!schema.type && isSchema(schema.properties));

/** An empty schema accepts anything, like `true`. */
const isClosed = ({ additionalProperties: rest }) => rest === false || (isSchema(rest) && Object.keys(rest).length > 0);
