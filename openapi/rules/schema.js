/** The types that a schema names, as a list: OpenAPI 3.1 has both `type: string` and `type: [string, 'null']`. */
export const typesOf = (schema) => [schema.type ?? []].flat();

/** Whether a value is a schema with keywords; `true`, `false` and `undefined` are not. */
export const isSchema = (value) => typeof value === 'object' && value !== null;

/**
 * Walks a schema and all schemas that describe a part of a value it accepts, each once, through every `$ref`, and yields
 * each with its location. The walk is ours because Redocly shows a rule each schema once, at the first place that refers
 * to it: whether a request reaches it as well cannot be seen from there.
 *
 * `if`, `not`, `then`, `else` and `dependentSchemas` are left out: they restrict what another schema has described.
 */
export function* reachableSchemas(schema, location, resolve, seen = new Set()) {
  if (!isSchema(schema) || seen.has(location.absolutePointer)) return;
  seen.add(location.absolutePointer);
  yield { schema, location };

  if (schema.$ref) {
    const target = resolve(schema, location.source.absoluteRef);
    if (target.location) yield* reachableSchemas(target.node, target.location, resolve, seen);
  }
  for (const keyword of ['items', 'additionalProperties']) {
    yield* reachableSchemas(schema[keyword], location.child([keyword]), resolve, seen);
  }
  for (const keyword of ['properties', 'patternProperties', 'prefixItems', 'allOf', 'anyOf', 'oneOf']) {
    for (const [key, part] of Object.entries(schema[keyword] ?? {})) {
      yield* reachableSchemas(part, location.child([keyword, key]), resolve, seen);
    }
  }
}
