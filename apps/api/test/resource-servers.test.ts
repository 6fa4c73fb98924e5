import { describe, expect } from 'vitest';
import { it, json } from './workbench.ts';

interface Credential {
  readonly id: string;
  readonly secret: string;
}

/** Checks a key as a gateway would. */
async function introspect({ url }: { url: string }, { id, secret }: Credential, token: string) {
  const response = await fetch(`${url}/v1/oauth/introspect`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ token }),
  });
  return { status: response.status, body: (await response.json()) as object };
}

describe('the commands for resource servers', () => {
  it('make, list and revoke one beside a running server, whose next request is refused', async ({ bench }) => {
    const server = await bench.start();
    const scopes = ['--scope', 'trademarks:read', '--scope', 'billing:read'];
    const created = await json<Credential>(bench, 'resource-servers', 'create', '--name', 'Gate', ...scopes);
    const { secret, ...shown } = created;
    expect(secret).toMatch(/^sigrs_[0-9a-f]{52}$/);
    expect(shown).toEqual({
      id: expect.stringMatching(/^rs_[A-Za-z0-9]{16}$/),
      object: 'resource_server',
      name: 'Gate',
      prefix: secret.slice(0, 10),
      scopes: ['trademarks:read', 'billing:read'],
      status: 'active',
      created_at: expect.stringMatching(/Z$/),
      revoked_at: null,
    });
    expect(await json(bench, 'resource-servers', 'list')).toEqual({ object: 'list', data: [shown] });
    expect(await introspect(server, created, bench.firstKey)).toMatchObject({
      status: 200,
      body: { active: true, scope: 'trademarks:read billing:read' },
    });

    const revoked = await json(bench, 'resource-servers', 'revoke', '--id', created.id);
    expect(revoked).toEqual({ ...shown, status: 'revoked', revoked_at: expect.stringMatching(/Z$/) });
    expect(await introspect(server, created, bench.firstKey)).toMatchObject({ status: 401 });
    expect(await json(bench, 'resource-servers', 'revoke', '--id', created.id), 'a second time').toEqual(revoked);
    expect(await json(bench, 'resource-servers', 'list')).toEqual({ object: 'list', data: [revoked] });
  });

  it('print a secret alone, so that SECRET=$(…) works, and one resource server a line', async ({ bench }) => {
    await bench.admin('orgs', 'create', '--name', 'Acme');
    const args = ['--name', 'Gate', '--scope', 'trademarks:read'];
    const { code, stdout, stderr } = await bench.admin('resource-servers', 'create', ...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sigrs_[0-9a-f]{52}\n$/);
    expect(stderr).toMatch(/^Created the resource server rs_\w+, "Gate", for trademarks:read\. .*shown this once\.\n$/);
    expect(stderr).not.toContain('sigrs_');
    const list = await bench.admin('resource-servers', 'list');
    expect(list.stdout).toMatch(/^rs_\w+ {2}\S+Z {2}active {3}sigrs_[0-9a-f]{4} {2}trademarks:read {2}Gate\n$/);
  });

  it('refuse with a sentence to revoke what there is not', async ({ bench }) => {
    await bench.admin('orgs', 'create', '--name', 'Acme');
    expect(await bench.admin('resource-servers', 'revoke', '--id', 'rs_doesNotExist1234')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no resource server rs_doesNotExist1234. `resource-servers list` shows those there are.\n',
    });
  });
});
