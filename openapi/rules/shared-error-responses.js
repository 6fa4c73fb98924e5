/**
 * Every operation documents the errors that can happen to it, and takes each from components/responses.
 *
 * The server can only send what is documented: an error that is forgotten here becomes a 500, and the mock answers it
 * with a body of its own invention. Errors that are written out in an operation drift apart.
 *
 * @param {{ every: string[], scoped: string[], body: string[] }} options The statuses that every operation documents,
 *   those that it also documents when its security names a scope, and those when it takes a request body.
 */
export function sharedErrorResponses({ every, scoped, body }) {
  return {
    Operation(operation, { location, report }) {
      // In a contract that is being written any of these can still be empty; the rule `struct` says so.
      const responses = operation.responses ?? {};
      const requirements = operation.security ?? [];
      for (const [status, response] of Object.entries(responses)) {
        if (!ERROR.test(status) || SHARED.test(response?.$ref)) continue;
        report({
          message: `The ${status} response is a $ref into components/responses.`,
          location: location.child(['responses', status]),
        });
      }

      const namesScope = requirements.some((requirement) => Object.values(requirement ?? {}).flat().length > 0);
      for (const status of [...every, ...(namesScope ? scoped : []), ...(operation.requestBody ? body : [])]) {
        if (status in responses) continue;
        report({ message: `The operation documents ${status}.`, location: location.child(['responses']).key() });
      }
    },
  };
}

/** 4xx, 5xx, and `default`, which can be any of them. */
const ERROR = /^[45]|^default$/;

/** `#/components/responses/NotFound`, or `../components/responses.yaml#/NotFound`. */
const SHARED = /(?:^|\/)components\/responses(?:\.yaml#)?\/[^/]+$/;
