/**
 * Every response documents the headers that all answers of ours carry, and those that its status calls for.
 *
 * The server sends the headers that the contract names and refuses to send a response that lacks one it requires, so
 * what is forgotten here is missing on the wire.
 *
 * @param {{ every: string[], status: Record<string, string[]> }} options The headers of all responses, and of some.
 */
export function documentedHeaders({ every, status: ofStatus }) {
  // A shared response is reported once, not once for each operation that refers to it.
  const reported = new Set();
  return {
    Responses(responses, { location, report, resolve }) {
      for (const [status, response] of Object.entries(responses)) {
        const { node, location: at } = response?.$ref
          ? resolve(response)
          : { node: response, location: location.child([status]) };
        if (!node) continue; // `struct` or `no-unresolved-refs` reports it

        const documented = new Set(Object.keys(node.headers ?? {}).map((name) => name.toLowerCase()));
        for (const header of [...every, ...(ofStatus[status] ?? [])]) {
          const problem = `${at.absolutePointer} ${header}`;
          if (documented.has(header.toLowerCase()) || reported.has(problem)) continue;
          reported.add(problem);
          report({ message: `A ${status} response documents the header ${header}.`, location: at });
        }
      }
    },
  };
}
