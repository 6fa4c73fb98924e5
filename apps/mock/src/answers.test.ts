import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from './testing/contract.ts';
import type { Answer, Operation } from './testing/contract.ts';
import { freePort, startMock } from './testing/start-mock.ts';

let address: string;
let mock: ReturnType<typeof startMock>;

beforeAll(async () => {
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  mock = startMock(port);
  await mock.started;
});

afterAll(async () => {
  mock?.child.kill('SIGTERM');
  await mock?.exit;
});

/** Sends a valid request to an operation, except for what is changed about it. */
async function call(
  operation: Operation,
  change: { headers?: Record<string, string | undefined>; body?: string } = {},
) {
  const { method, parameters, authorization, body } = operation;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters.path[name]!));
  const headers = { authorization, 'content-type': body?.type, ...change.headers };
  const response = await fetch(`${address}${path}?${new URLSearchParams(parameters.query)}`, {
    method,
    headers: Object.entries(headers).filter((header): header is [string, string] => header[1] !== undefined),
    body: change.body ?? (body ? encode(body.type, body.example) : null),
  });
  const violations = JSON.parse(response.headers.get('sl-violations') ?? '[]') as { location: string[] }[];
  return {
    response,
    body: (await response.json()) as unknown,
    /** What Prism finds wrong with the answer that it took from the contract. */
    ofTheAnswer: violations.filter(({ location }) => location[0] === 'response'),
  };
}

function encode(type: string, value: Record<string, unknown>): string {
  return type === 'application/json'
    ? JSON.stringify(value)
    : new URLSearchParams(value as Record<string, string>).toString();
}

/** Checks that an answer is the contract's: status, media type, headers, and the named example word for word. */
function expectAnswer(
  { response, body, ofTheAnswer }: Awaited<ReturnType<typeof call>>,
  { status, examples, requiredHeaders, violations }: Answer,
  example = [...examples.keys()][0]!,
) {
  expect(body).toEqual(examples.get(example));
  expect(response.status).toBe(status);
  expect(violations(body)).toBeNull();
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
  expect(requiredHeaders.filter((name) => !response.headers.get(name))).toEqual([]);
  expect(ofTheAnswer).toEqual([]);
}

const documented = ({ answers }: Operation, status: number) => answers.find((answer) => answer.status === status)!;

describe.each(operations)('$operationId', (operation) => {
  const [success] = operation.answers as [Answer];

  test('answers a valid request with the first example of its success', async () => {
    expectAnswer(await call(operation), success);
  });

  test.each(operation.answers)('answers $status when that is preferred', async (answer) => {
    expectAnswer(await call(operation, { headers: { prefer: `code=${answer.status}` } }), answer);
  });

  const named = operation.answers.flatMap((answer) =>
    [...answer.examples.keys()].map((example) => ({ answer, example })),
  );
  test.each(named)('answers $answer.status with the example $example when both are preferred', async (it) => {
    const prefer = `code=${it.answer.status}, example=${it.example}`;
    expectAnswer(await call(operation, { headers: { prefer } }), it.answer, it.example);
  });

  test.each([...success.examples.keys()])(
    'answers with the example %s of its success when that is preferred',
    async (example) => {
      expectAnswer(await call(operation, { headers: { prefer: `example=${example}` } }), success, example);
    },
  );

  test('lets a page of another origin call it, credentials, media type and preference included', async () => {
    const origin = 'http://localhost:5173';
    const asked = ['authorization', 'content-type', 'prefer'];
    const preflight = await fetch(address + operation.path, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': operation.method,
        'Access-Control-Request-Headers': asked.join(','),
      },
    });
    const list = (name: string) => preflight.headers.get(name)?.toLowerCase().split(/,\s*/);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(list('access-control-allow-methods')).toContain(operation.method.toLowerCase());
    expect(list('access-control-allow-headers')).toEqual(expect.arrayContaining(asked));

    const { response } = await call(operation, { headers: { origin } });
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-expose-headers')).toBe('*');
  });
});

test.each(operations.filter(({ authorization }) => authorization))(
  '$operationId answers 401 to a request without credentials',
  async (operation) => {
    expectAnswer(await call(operation, { headers: { authorization: undefined } }), documented(operation, 401));
  },
);

describe.each(operations.filter(({ body }) => body))('$operationId, which takes a body,', (operation) => {
  test('answers 400 to one that breaks the contract', async () => {
    const body = encode(operation.body!.type, { no_such_field: 'x' });
    expectAnswer(await call(operation, { body }), documented(operation, 400));
  });

  test('answers 415 to one of another media type', async () => {
    const answer = await call(operation, { headers: { 'content-type': 'text/plain' }, body: 'x' });
    expectAnswer(answer, documented(operation, 415));
  });
});
