/**
 * Every body, parameter and header has an example: it is what people copy from the reference, what the mock answers
 * instead of an invention, and what the tests check against the schemas.
 *
 * A body's example stands beside its schema, where it can show a whole case; a parameter's or a header's may stand in
 * the schema that it shares with others.
 */
export function examplesEverywhere() {
  return {
    MediaType(mediaType, { location, report }) {
      if (!hasExample(mediaType)) report({ message: 'A body has an example.', location });
    },
    Parameter(parameter, context) {
      if (!parameter.content && !showsValue(parameter, context)) {
        context.report({ message: `The parameter ${parameter.name} has an example.`, location: context.location });
      }
    },
    Header(header, context) {
      if (!header.content && !showsValue(header, context)) {
        context.report({ message: 'A header has an example.', location: context.location });
      }
    },
  };
}

/** Covers `example`, the named `examples` of a body and the listed `examples` of a schema. Empty ones do not count. */
const hasExample = ({ example, examples }) => example !== undefined || Object.keys(examples ?? {}).length > 0;

function showsValue(described, { resolve }) {
  const schema = described.schema ?? {};
  // Beside a $ref OpenAPI 3.1 allows an example too.
  return hasExample(described) || hasExample(schema) || hasExample(resolve(schema).node ?? {});
}
