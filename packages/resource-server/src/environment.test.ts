import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { secret, token } from '../test/fake-api.ts';
import { readConfiguration } from './authorize/configuration.ts';
import { ConfigurationError, type Environment, optionsFromEnvironment } from './environment.ts';

const folder = mkdtempSync(join(tmpdir(), 'signa-resource-server-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, `secret-${content.length}`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const id = 'rs_Yt4dF8kLq2wX6zNb';
const right = { RESOURCE_SERVER_ID: id, RESOURCE_SERVER_SECRET: secret };

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

test('the credential is enough; the API is by default the one on this machine', () => {
  const resourceServer = { baseUrl: 'http://127.0.0.1:3000', id, secret };
  expect(optionsFromEnvironment(right)).toEqual(resourceServer);
  expect(readConfiguration(right)).toEqual({ host: '127.0.0.1', port: 3002, resourceServer });
});

test('all of it can be said', () => {
  const env = { ...right, SIGNA_BASE_URL: 'https://api.signa.so/', AUTHORIZE_PORT: '0', AUTHORIZE_HOST: '::1' };
  const resourceServer = { baseUrl: 'https://api.signa.so/', id, secret };
  expect(readConfiguration(env)).toEqual({ host: '::1', port: 0, resourceServer });
});

test('the secret can be in a file, with a line feed at its end or without', () => {
  for (const content of [secret, `${secret}\n`]) {
    const env = { RESOURCE_SERVER_ID: id, RESOURCE_SERVER_SECRET_FILE: file(content) };
    expect(optionsFromEnvironment(env)).toMatchObject({ secret });
  }
});

test('an empty variable counts as not set', () => {
  const empty = { SIGNA_BASE_URL: '', RESOURCE_SERVER_SECRET_FILE: '', AUTHORIZE_PORT: '', AUTHORIZE_HOST: '' };
  expect(readConfiguration({ ...right, ...empty })).toEqual(readConfiguration(right));
});

test.each<[variable: string, env: Environment]>([
  ['SIGNA_BASE_URL', { SIGNA_BASE_URL: 'api.signa.so' }],
  ['SIGNA_BASE_URL', { SIGNA_BASE_URL: `https://${id}:${secret}@api.signa.so` }],
  ['RESOURCE_SERVER_ID', { RESOURCE_SERVER_ID: '' }],
  ['RESOURCE_SERVER_ID', { RESOURCE_SERVER_ID: secret }],
  ['RESOURCE_SERVER_SECRET', { RESOURCE_SERVER_SECRET: '' }],
  ['RESOURCE_SERVER_SECRET', { RESOURCE_SERVER_SECRET: token }],
  ['RESOURCE_SERVER_SECRET', { RESOURCE_SERVER_SECRET_FILE: '/dev/null' }],
  ['RESOURCE_SERVER_SECRET_FILE', { RESOURCE_SERVER_SECRET: '', RESOURCE_SERVER_SECRET_FILE: join(folder, 'none') }],
  ['RESOURCE_SERVER_SECRET_FILE', { RESOURCE_SERVER_SECRET: '', RESOURCE_SERVER_SECRET_FILE: folder }],
  ['RESOURCE_SERVER_SECRET_FILE', { RESOURCE_SERVER_SECRET: '', RESOURCE_SERVER_SECRET_FILE: file(`${token} `) }],
  ['AUTHORIZE_PORT', { AUTHORIZE_PORT: '65536' }],
  ['AUTHORIZE_PORT', { AUTHORIZE_PORT: '-1' }],
  ['AUTHORIZE_PORT', { AUTHORIZE_PORT: 'http' }],
  ['AUTHORIZE_HOST', { AUTHORIZE_HOST: 'localhost:3002' }],
])('a wrong %s is named in one sentence, without a secret', (variable, env) => {
  const problems = problemsOf(() => readConfiguration({ ...right, ...env }));
  expect(problems).toEqual([expect.stringMatching(new RegExp(`^${variable} .+\\.$`))]);
  expect(problems[0]).not.toMatch(/sig(rs)?_[ab]/);
});

test('all that is wrong is said at once', () => {
  const env = { SIGNA_BASE_URL: 'x', AUTHORIZE_PORT: 'x', AUTHORIZE_HOST: 'x:' };
  expect(problemsOf(() => readConfiguration(env))).toHaveLength(5);
});
