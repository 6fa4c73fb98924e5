import { existsSync, readdirSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { clientOf, it, json } from './workbench.ts';

const SECRET = /^sig_[0-9a-f]{52}$/;

interface CreatedOrganization {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly key: string;
  readonly api_key: { readonly id: string; readonly name: string };
}

interface IssuedKey {
  readonly id: string;
  readonly key: string;
  readonly scopes: string[];
}

interface Organizations {
  readonly object: string;
  readonly data: readonly { readonly id: string }[];
}

describe.concurrent('operator commands beside a running server', () => {
  it('create an organization, list it, and issue a key that works at once', async ({ bench }) => {
    const server = await bench.start();
    const created = await json<CreatedOrganization>(bench, 'orgs', 'create', '--name', 'Acmé & Söhne');
    expect(created).toEqual({
      id: expect.stringMatching(/^orgn_[A-Za-z0-9]{16}$/),
      object: 'organization',
      name: 'Acmé & Söhne',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      key: expect.stringMatching(SECRET),
      api_key: {
        id: expect.stringMatching(/^key_[A-Za-z0-9]{16}$/),
        name: 'First key',
        prefix: created.key.slice(0, 8),
        scopes: expect.arrayContaining(['trademarks:read', 'api-keys:manage', 'billing:read']),
        expires_at: null,
      },
    });
    const { data: me } = await clientOf(server, created.key).GET('/v1/organization');
    expect(me).toMatchObject({ org_id: created.id, org_name: 'Acmé & Söhne', api_key: created.api_key });

    expect(await json<Organizations>(bench, 'orgs', 'list')).toEqual({
      object: 'list',
      data: [
        expect.objectContaining({ object: 'organization', name: 'My organization' }),
        { id: created.id, object: 'organization', name: created.name, created_at: created.created_at },
      ],
    });

    const scopes = ['--scope', 'billing:read', '--scope', 'trademarks:read'];
    const issued = await json<IssuedKey>(bench, 'keys', 'issue', '--org', created.id, '--name', 'Spare', ...scopes);
    expect(issued).toEqual({
      id: expect.stringMatching(/^key_/),
      object: 'api_key',
      name: 'Spare',
      key: expect.stringMatching(SECRET),
      prefix: issued.key.slice(0, 8),
      scopes: ['billing:read', 'trademarks:read'],
      created_at: expect.any(String),
      expires_at: null,
      org_id: created.id,
      org_name: created.name,
    });
    const { data: spare } = await clientOf(server, issued.key).GET('/v1/organization');
    expect(spare).toMatchObject({ org_id: created.id, api_key: { id: issued.id, scopes: issued.scopes } });
  });

  it('let an organization in again whose only key was lost', async ({ bench }) => {
    const server = await bench.start();
    const [organization] = (await json<Organizations>(bench, 'orgs', 'list')).data;
    const { code, stdout, stderr } = await bench.admin('keys', 'issue', '--org', organization!.id);
    expect(code).toBe(0);
    // The secret alone on standard output, so that KEY=$(…) works.
    expect(stdout).toMatch(/^sig_[0-9a-f]{52}\n$/);
    expect(stderr).toMatch(
      /^Issued the key key_\w+, "Operator key \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", for orgn_.*once\.\n$/,
    );
    const client = clientOf(server, stdout.trimEnd());
    expect((await client.GET('/v1/organization/api-keys')).data!.data).toHaveLength(2);
  });

  it('revoke a key, even the last that manages keys, and say how to get in again', async ({ bench }) => {
    const server = await bench.start();
    const { id: org, key, api_key } = await json<CreatedOrganization>(bench, 'orgs', 'create', '--name', 'Acme');
    const spare = await json<IssuedKey>(bench, 'keys', 'issue', '--org', org, '--name', 'Spare');
    const revoked = await json(bench, 'keys', 'revoke', '--id', api_key.id);
    expect(revoked).toEqual({
      id: api_key.id,
      object: 'api_key',
      name: 'First key',
      prefix: key.slice(0, 8),
      status: 'revoked',
      revoked_at: expect.stringMatching(/Z$/),
      org_id: org,
      org_name: 'Acme',
      org_has_manager: true,
    });
    expect((await clientOf(server, key).GET('/v1/organization')).response.status).toBe(401);
    expect(await json(bench, 'keys', 'revoke', '--id', api_key.id), 'a second time').toEqual(revoked);

    const { code, stdout, stderr } = await bench.admin('keys', 'revoke', '--id', spare.id);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(
      new RegExp(
        `^The key ${spare.id}, "Spare", of ${org}, "Acme", was revoked at \\S+Z\\. .*keys issue --org ${org}\\b.*\n$`,
      ),
    );
    const client = clientOf(server, (await json<IssuedKey>(bench, 'keys', 'issue', '--org', org)).key);
    expect((await client.GET('/v1/organization/api-keys')).data!.data).toHaveLength(1);
  });

  it('limit an organization in the running server, and lift it again', async ({ bench }) => {
    const server = await bench.start({ env: { RATE_LIMIT_READS: '50' } });
    const { id, name, key } = await json<CreatedOrganization>(bench, 'orgs', 'create', '--name', 'Acme');
    const client = clientOf(server, key);
    const policy = async () => (await client.GET('/v1/organization')).response.headers.get('ratelimit-policy');
    const limits = { object: 'limits', org_id: id, org_name: name };
    expect(await policy()).toBe('"reads";q=50;w=60');

    const set = await json(bench, 'limits', 'set', '--org', id, '--reads', '70', '--writes', '7');
    expect(set).toEqual({ ...limits, reads: 70, writes: 7 });
    expect(await policy()).toBe('"reads";q=70;w=60');

    expect(await json(bench, 'limits', 'set', '--org', id, '--reads', 'default')).toEqual({
      ...limits,
      reads: null,
      writes: 7,
    });
    expect(await policy()).toBe('"reads";q=50;w=60');
    expect(await json(bench, 'limits', 'show', '--org', id)).toEqual({ ...limits, reads: null, writes: 7 });
  });

  it('refuse with a sentence what cannot be', async ({ bench }) => {
    const { id } = await json<CreatedOrganization>(bench, 'orgs', 'create', '--name', 'Acme');
    const [unknown, set, shown, unknownKey, taken] = await Promise.all([
      bench.admin('keys', 'issue', '--org', 'orgn_doesNotExist1234'),
      bench.admin('limits', 'set', '--org', 'orgn_doesNotExist1234', '--reads', '5'),
      bench.admin('limits', 'show', '--org', 'orgn_doesNotExist1234'),
      bench.admin('keys', 'revoke', '--id', 'key_doesNotExist1234'),
      bench.admin('keys', 'issue', '--org', id, '--name', 'First key'),
    ]);
    for (const refused of [unknown, set, shown]) {
      expect(refused).toEqual({
        code: 1,
        stdout: '',
        stderr: 'There is no organization orgn_doesNotExist1234. `orgs list` shows those there are.\n',
      });
    }
    expect(unknownKey).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no API key key_doesNotExist1234. The audit events and the request logs name them.\n',
    });
    expect(taken).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The organization already has a key named "First key". Choose another with --name.\n',
    });
  });
});

describe.concurrent('an operator command', () => {
  it('prints one organization a line for people', async ({ bench }) => {
    await bench.admin('orgs', 'create', '--name', 'One');
    const created = await bench.admin('orgs', 'create', '--name', 'Two');
    expect(created.stdout).toMatch(/^sig_[0-9a-f]{52}\n$/);
    expect(created.stderr).toMatch(/^Created the organization orgn_\w+ and its first key key_\w+.*\n$/);
    const { stdout } = await bench.admin('orgs', 'list');
    expect(stdout).toMatch(/^orgn_\w+ {2}\S+Z {2}One\norgn_\w+ {2}\S+Z {2}Two\n$/);
  });

  it('tells the limits of an organization to people', async ({ bench }) => {
    const { id } = await json<CreatedOrganization>(bench, 'orgs', 'create', '--name', 'Acme');
    const told = 'reads   as the server is configured\nwrites  5 a minute\n';
    const set = await bench.admin('limits', 'set', '--org', id, '--writes', '5');
    expect(set).toEqual({
      code: 0,
      stdout: told,
      stderr: `The limits of ${id}, "Acme", hold from its next request on.\n`,
    });
    expect(await bench.admin('limits', 'show', '--org', id)).toEqual({ code: 0, stdout: told, stderr: '' });
  });

  it('that can find nothing in a data folder that does not exist does not create one', async ({ bench }) => {
    const { code, stdout, stderr } = await bench.admin('orgs', 'list');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `There is no database in ${bench.dataDir} yet: set DATA_DIR to the data folder of the server.\n`,
    );
    expect(existsSync(bench.dataDir)).toBe(false);
  });

  it('can create the data folder with its first organization; the server then creates none', async ({ bench }) => {
    const { key } = await json<CreatedOrganization>(bench, 'orgs', 'create', '--name', 'Acme');
    const server = await bench.start();
    expect(readdirSync(bench.dataDir)).not.toContain('first-key');
    expect((await clientOf(server, key).GET('/v1/organization')).data!.org_name).toBe('Acme');
  });

  it.for([
    [
      ['keys', 'issue', '--org', 'o', '--scope', 'root'],
      /^There is no scope "root"\. The scopes are trademarks:read, /,
    ],
    [
      ['keys', 'explode'],
      /^There is no command "keys explode"\. The commands are orgs create, orgs list, keys issue, .*; /,
    ],
    [[], /^Say which command: orgs create, orgs list, keys issue, .*; /],
  ] as const)('typed wrong (%s) is answered with a sentence and 2', async ([args, sentence], { bench }) => {
    const { code, stdout, stderr } = await bench.admin(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(existsSync(bench.dataDir)).toBe(false);
  });

  it('explains itself', async ({ bench }) => {
    const [all, one] = await Promise.all([bench.admin('--help'), bench.admin('keys', 'issue', '--help')]);
    expect([all.code, one.code]).toEqual([0, 0]);
    for (const name of ['orgs create', 'orgs list', 'keys issue']) expect(all.stdout).toContain(name);
    for (const option of ['--org ID', '--name NAME', '--scope S', '--json']) expect(one.stdout).toContain(option);
  });

  it('reads the environment as the server does', async ({ bench }) => {
    const { code, stderr } = await bench.run({ args: ['orgs', 'list'], env: { DATABASE_URL: 'db' } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^DATABASE_URL is set/);
  });
});
