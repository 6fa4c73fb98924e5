import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';

function parse(name: string, ...args: string[]) {
  return COMMANDS.find((command) => command.name === name)!.parse(args);
}

describe('the operator commands', () => {
  it.each([
    ['orgs create', []],
    ['keys issue', ['--org', 'o']],
    ['resource-servers create', ['--scope', 'billing:read']],
  ])('%s refuses a name with a secret in it, and does not say it again', (name, args) => {
    const body = `sig_${'0a'.repeat(22)}`;
    const parsing = () => parse(name, ...args, '--name', `Of ${body}${crc32(body).toString(16).padStart(8, '0')}`);
    expect(parsing).toThrow(UsageError);
    expect(parsing).toThrow(/^--name has a secret in it/);
  });

  it.each([
    ['orgs create', [], /^Give the organization a name with --name NAME\.$/],
    ['orgs create', ['--name', ''], /^--name "" cannot be used: /],
    ['orgs create', ['--name', ' Acme'], /^--name " Acme" cannot be used: /],
    ['orgs create', ['--name', 'a\nb'], /^--name "a\\nb" cannot be used: /],
    ['orgs create', ['--name', 'x'.repeat(256)], /cannot be used: /],
    ['orgs create', ['--name'], /^The option --name needs a value\.$/],
    ['orgs list', ['extra'], /^"extra" belongs to no option\.$/],
    ['orgs list', ['--name', 'x'], /^There is no option --name\.$/],
    ['prune', ['30'], /30/],
    ['restore', [], /^Say which backup with --from FILE\.$/],
    ['restore', ['--from', 'b', '--revocations', ''], /^Say which file the revocations are in/],
    ['backup', [], /^Say where the backup goes with --out FILE\.$/],
    ['backup', ['--out', ''], /^Give the file a name with --out FILE\.$/],
    ['prune', ['--days', '30'], /--days/],
    ['keys issue', [], /^Say for which organization with --org ID; /],
    ['keys issue', ['--org', 'o', '--name', ' '], /^--name " " cannot be used: /],
    ['keys issue', ['--org', 'o', '--scope', 'billing:read', '--scope', 'root'], /^There is no scope "root"\./],
    ['keys issue', ['--org', 'o', '--scope', ''], /^There is no scope ""\./],
    ['keys issue', ['--org', 'o', '--scop', 'x'], /--scop/],
    ['keys issue', ['--org', '--name'], /^The option --org needs a value\.$/],
    ['keys issue', ['--org', 'o', '--json=yes'], /^The option --json takes no value\.$/],
    ['keys issue', ['--org', 'o', '--out', ''], /^Give the file a name with --out FILE\.$/],
    ['keys issue', ['--org', 'o', '--out'], /--out/],
    ['orgs list', ['--out', 'file'], /--out/],
    ['resource-servers create', ['--scope', 'billing:read'], /^Give the resource server a name with --name NAME\.$/],
    ['resource-servers create', ['--name', ' ', '--scope', 'billing:read'], /^--name " " cannot be used: /],
    ['resource-servers create', ['--name', 'A'], /^Say which scopes it may learn of with --scope SCOPE/],
    ['resource-servers create', ['--name', 'A', '--scope', 'root'], /^There is no scope "root"\./],
    ['resource-servers list', ['rs_1'], /rs_1/],
    ['resource-servers revoke', [], /^Say which with --id ID; /],
    ['resource-servers revoke', ['rs_1'], /rs_1/],
    ['audit verify', ['--anchors', ''], /^Say which file the anchors are in with --anchors FILE\.$/],
    ['audit verify', ['anchors'], /anchors/],
    ['audit export-anchors', ['--out', ''], /^Give the file a name with --out FILE\.$/],
    ['keys revoke', [], /^Say which key with --id ID\.$/],
    ['keys revoke', ['key_1'], /key_1/],
    ['keys revoke', ['--id', 'key_1', '--out', 'file'], /--out/],
    ['keys revoked', [], /^Say since when with --since TIME, such as 2026-/],
    ['keys revoked', ['--since', 'yesterday'], /^--since "yesterday" is not a time\./],
    ['keys revoked', ['--since', '2026-03-24'], /^--since "2026-03-24" is not a time\./],
    ['keys revoked', ['--since', '2026-02-30T00:00:00Z'], /^--since "2026-02-30T00:00:00Z" is not a time\./],
    ['limits set', ['--reads', '5'], /^Say which organization with --org ID; /],
    ['limits set', ['--org', 'o'], /^Say which limit with --reads N or --writes N\.$/],
    [
      'limits set',
      ['--org', 'o', '--reads', '0'],
      /^--reads "0" cannot be used: a whole number from 1 to 1000000000, /,
    ],
    ['limits set', ['--org', 'o', '--reads', '5', '--writes', 'many'], /^--writes "many" cannot be used: /],
    ['limits set', ['--org', 'o', '--writes', ''], /^--writes "" cannot be used: /],
    ['limits set', ['--org', 'o', '--reads=-5'], /^--reads "-5" cannot be used: /],
    ['limits show', [], /^Say which organization with --org ID; /],
    ['limits show', ['--org', 'o', '--reads', '5'], /--reads/],
  ])('%s %j is refused in one sentence', (name, args, sentence) => {
    const parsing = () => parse(name, ...args);
    expect(parsing).toThrow(UsageError);
    expect(parsing).toThrow(sentence);
    expect(parsing).not.toThrow(/\n/);
  });

  it.each(COMMANDS.map(({ name }) => name))('%s explains itself, whatever else is typed', (name) => {
    expect(parse(name, '--help')).toBe('help');
    expect(parse(name, '-h', '--json')).toBe('help');
  });

  it('that hand something over take a file for it, and no others do', () => {
    const takers = COMMANDS.filter(({ help }) => help.includes('--out FILE')).map(({ name }) => name);
    expect(takers).toEqual(['orgs create', 'keys issue', 'resource-servers create', 'audit export-anchors', 'backup']);
  });

  it('answer in JSON when asked to', () => {
    expect(parse('orgs list')).toMatchObject({ json: false });
    expect(parse('orgs list', '--json')).toMatchObject({ json: true });
  });
});
