import { ApiError, createClient, unwrap } from '@signa/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from './testing/contract.ts';
import type { Operation } from './testing/contract.ts';
import { freePort, startMock } from './testing/start-mock.ts';

let client: ReturnType<typeof createClient>;
let mock: ReturnType<typeof startMock>;

beforeAll(async () => {
  const port = await freePort();
  mock = startMock(port);
  await mock.started;
  client = createClient({ baseUrl: `http://127.0.0.1:${port}`, apiKey: `sig_${'0'.repeat(52)}`, retries: 0 });
});

afterAll(async () => {
  mock?.child.kill('SIGTERM');
  await mock?.exit;
});

/** Calls an operation through the client. The cast: it knows each operation by its type, this walks them by their data. */
function call({ method, path, parameters, body, authorization }: Operation, prefer?: string): Promise<unknown> {
  const request = client.request as unknown as (
    method: string,
    path: string,
    init: object,
  ) => Promise<{ response: Response }>;
  return unwrap(
    request(method.toLowerCase(), path, {
      params: parameters,
      body: body?.example,
      headers: {
        ...(body && { 'Content-Type': body.type }),
        ...(authorization?.startsWith('Basic ') && { Authorization: authorization }),
        ...(prefer && { Prefer: prefer }),
      },
    }),
  );
}

describe.each(operations)('$operationId through the client', (operation) => {
  const [success, ...failures] = operation.answers;

  test('returns the first example of its success', async () => {
    expect(await call(operation)).toEqual([...success!.examples.values()][0]);
  });

  test.each(failures)('throws the error that the contract documents for $status', async ({ status, examples }) => {
    const error: unknown = await call(operation, `code=${status}`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, body: [...examples.values()][0] });
  });
});
