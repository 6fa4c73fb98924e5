import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { runSample } from '@signa/scripts/run-sample.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from './index.ts';
import { operations } from './testing/sample-requests.ts';
import { type TestApi, type TestOrganization, type TestResourceServer, startApi } from './testing/start-api.ts';

const run = promisify(execFile);
const curlIsThere = ['/usr/bin/curl', '/bin/curl', '/usr/local/bin/curl'].some(existsSync);
const root = new URL('..', import.meta.url);

let api: TestApi;
let organization: TestOrganization;
let resourceServer: TestResourceServer;
beforeAll(async () => {
  api = await startApi();
  resourceServer = await api.createResourceServer();
});
afterAll(() => api.close());

const samples = operations.map(({ id, description }) => {
  // An extension of Redocly's, which the server does not read and so does not type.
  const { 'x-codeSamples': found } = description as unknown as { 'x-codeSamples': { lang: string; source: string }[] };
  const sourceOf = (lang: string) => found.find((sample) => sample.lang === lang)!.source;
  return { id, shell: sourceOf('Shell'), typescript: sourceOf('TypeScript') };
});

describe.each(samples)(
  "the docs' samples of $id work as they are, but for host, key and id",
  ({ shell, typescript }) => {
    test('TypeScript', async () => {
      const source = await forThisServer(typescript);
      const printed = await runSample(source, root, {
        SIGNA_API_KEY: organization.manager.key,
        RESOURCE_SERVER_ID: resourceServer.id,
        RESOURCE_SERVER_SECRET: resourceServer.secret,
      });
      expect(printed.trim()).not.toBe('');
    });

    test.skipIf(!curlIsThere)('curl', async () => {
      const command = (await forThisServer(shell)).replace('curl ', 'curl --silent --show-error --fail ');
      const { stdout } = await run('sh', ['-c', command]);
      expect(JSON.parse(stdout)).not.toHaveProperty('error');
    });

    async function forThisServer(source: string): Promise<string> {
      organization = await api.createOrganization();
      const { id: keyId } = await organization.createKey({ scopes: SCOPES });
      return source
        .replaceAll('https://api.signa.so', api.url)
        .replaceAll('key_Pe5hI9jKw2nQ8rTx', keyId)
        .replaceAll('sig_xxxxxxxxxxxx', organization.manager.key)
        .replaceAll('rs_xxxxxxxxxxxxxxxx:sigrs_xxxxxxxxxxxx', `${resourceServer.id}:${resourceServer.secret}`);
    }
  },
);
