import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { clientOf, hasCurl, it } from './workbench.ts';

describe.concurrent('the first start in a terminal', () => {
  it('shows the key, this once, with a command that uses it, and leaves no file', async ({ bench }) => {
    const first = await bench.start({ terminal: true });
    const shown = first.stdout.replaceAll('\r\n', '\n');
    const keys = new Set(shown.match(/sig_[0-9a-f]{52}/g));
    expect(keys.size).toBe(1);
    const [key] = keys;
    expect(shown).toContain(`
curl -X POST ${first.url}/v1/organization/api-keys \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{ "name": "Analytics Dashboard", "scopes": ["trademarks:read", "billing:read"] }'
`);
    expect(existsSync(bench.firstKeyFile)).toBe(false);
    expect((await clientOf(first, key!).GET('/v1/organization')).data?.api_key.name).toBe('First key');
    first.kill('SIGTERM');
    expect(await first.exited).toBe(0);

    const second = await bench.start({ terminal: true });
    expect(second.stdout).not.toContain('sig_');
    expect((await clientOf(second, key!).GET('/v1/organization')).response.status).toBe(200);
  });

  it('removes the file of a start that died before its commit, because the key in it opens nothing', async ({
    bench,
  }) => {
    mkdirSync(bench.dataDir);
    writeFileSync(bench.firstKeyFile, 'sig_of_a_key_that_never_was\n');
    await bench.start({ terminal: true });
    expect(existsSync(bench.firstKeyFile)).toBe(false);
  });

  it.skipIf(!hasCurl)('the command, pasted as it is, creates a key (skipped without curl)', async ({ bench }) => {
    const { stdout } = await bench.start({ terminal: true });
    const [pasted] = stdout.replaceAll('\r\n', '\n').match(/^curl [^]*?\}'$/m)!;
    const answer = JSON.parse((await promisify(execFile)('sh', ['-c', pasted])).stdout) as object;
    expect(Object.keys(answer)).toEqual([
      'id',
      'object',
      'name',
      'key',
      'prefix',
      'scopes',
      'created_at',
      'expires_at',
      'request_id',
    ]);
    expect(answer).toMatchObject({ name: 'Analytics Dashboard', scopes: ['trademarks:read', 'billing:read'] });
  });

  it('shows lines for people rather than JSON', async ({ bench }) => {
    const { stdout } = await bench.start({ terminal: true });
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d INFO {2}Ready\. url=/m);
    expect(stdout).not.toContain('"level"');
  });

  it('ends in good order on Ctrl-C', async ({ bench }) => {
    const server = await bench.start({ terminal: true });
    server.type('\x03');
    expect(await server.exited).toBe(0);
    expect(server.stdout).toContain('Stopped.');
  });
});
