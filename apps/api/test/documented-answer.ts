import { expectDocumented } from '../../../packages/server/src/testing/documented.ts';
import { operations } from '../../../packages/server/src/testing/sample-requests.ts';
import type { TestResponse } from '../../../packages/server/src/testing/start-api.ts';

/** An answer as the checks of the contract take it. nginx names itself in it, which OpenAPI leaves to HTTP. */
export async function answerOf(response: Response): Promise<TestResponse> {
  const headers = new Headers(response.headers);
  headers.delete('server');
  const text = await response.text();
  return { status: response.status, headers, text, body: JSON.parse(text) };
}

/** Holds an answer against the contract, by the operation that was asked. */
export async function expectDocumentedAnswer(request: Request, response: Response): Promise<void> {
  const { pathname } = new URL(request.url);
  const operation = operations.find(
    ({ method, path }) =>
      method === request.method.toLowerCase() && new RegExp(`^${path.replace('{id}', '[^/]+')}$`).test(pathname),
  )!;
  expectDocumented(operation, await answerOf(response));
}
