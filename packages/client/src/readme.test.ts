import { readFileSync } from 'node:fs';
import contract from '@signa/openapi/openapi.json' with { type: 'json' };
import { runSample } from '@signa/scripts/run-sample.ts';
import { expect, test } from 'vitest';
import { apiKey, errorExamples } from '../test/answers.ts';
import { sendJson, serve } from '../test/serve.ts';

const { get, post } = contract.paths['/v1/organization/api-keys'];
const [key] = get.responses['200'].content['application/json'].examples.FirstPage.value.data;
const created = post.responses['201'].content['application/json'].examples.Created.value;
const page = get.responses['200'].content['application/json'].examples.Empty.value;

const root = new URL('..', import.meta.url);
const [, example] = /```ts\n(.*?)```/s.exec(readFileSync(new URL('README.md', root), 'utf8'))!;

/** Runs the README's example as a program of its own, against a server that answers a creation with this. */
async function runExample(status: number, body: unknown): Promise<string> {
  const { url } = await serve(({ method }, response) =>
    method === 'POST' ? sendJson(response, status, body) : sendJson(response, 200, { ...page, data: [key] }),
  );
  return runSample(example!.replace('http://127.0.0.1:3000', url), root, { SIGNA_API_KEY: apiKey });
}

test("the README's example runs: it shows the new secret, and lists the keys", async () => {
  const stdout = await runExample(201, created);
  expect(stdout).toContain(`${created.id} ${created.key}\n${key!.name} `);
});

test("the README's example runs: it explains a name that is taken", async () => {
  const stdout = await runExample(409, errorExamples.NameTaken);
  expect(stdout).toContain(`${errorExamples.NameTaken.error.detail}\n${key!.name} `);
});
