import { type Description, type Schema, resolve } from './description.ts';

/**
 * A schema with its references followed, in which no object takes a property that is not declared.
 *
 * The contract leaves response objects open, because a client must put up with fields that later versions add. The server that
 * speaks must not: what is not declared does not leave.
 */
export function closedSchema(document: Description, schema: Schema): Schema {
  const { $ref: _, ...siblings } = schema;
  // In OpenAPI 3.1 keywords beside a $ref count too; only annotations stand there, and the nearer one wins.
  const { examples: __, ...resolved } = { ...resolve(document, schema), ...siblings } as Schema;
  return {
    ...resolved,
    ...(resolved.properties && {
      properties: Object.fromEntries(
        Object.entries(resolved.properties).map(([name, property]) => [name, closedSchema(document, property)]),
      ),
      additionalProperties: resolved.additionalProperties ?? false,
    }),
    ...(resolved.items && { items: closedSchema(document, resolved.items) }),
    ...(resolved.oneOf && { oneOf: resolved.oneOf.map((either) => closedSchema(document, either)) }),
  };
}
