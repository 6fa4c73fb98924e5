import {
  issueKeyAsOperator,
  listRevoked as listRevokedSince,
  readTimestamp,
  type RevokedCredential,
  revokeKeyAsOperator,
  SCOPES,
  formatTimestamp,
} from '@signa/server';
import { defineCommand, requireName, requireScope, UsageError } from './command.ts';

export const issueKey = defineCommand({
  name: 'keys issue',
  summary: 'Issues a key for an organization, such as one whose last key was lost.',
  createsDatabase: false,
  usage: '--org ID [--name NAME] [--scope SCOPE]…',
  explanation: `  --org ID     the organization; \`orgs list\` shows them
  --name NAME  by default "Operator key" and the time
  --scope S    once for each of ${SCOPES.join(', ')}; by default all
`,
  options: { org: { type: 'string' }, name: { type: 'string' }, scope: { type: 'string', multiple: true } },
  hasSecret: true,
  prepare({ org, name, scope }) {
    if (org === undefined) throw new UsageError('Say for which organization with --org ID; `orgs list` shows them.');
    if (name !== undefined) requireName(name);
    const scopes = scope === undefined ? SCOPES : [...new Set(scope.map(requireScope))];
    return async (needs) => {
      // To the second: two in one are refused, as any name is that is taken.
      const wanted = { name: name ?? `Operator key ${formatTimestamp(needs.clock())}`, scopes };
      const { organization, apiKey, secret } = await issueKeyAsOperator(needs, org, wanted, (key) =>
        needs.handOver(key.secret),
      );
      return {
        json: {
          id: apiKey.id,
          object: 'api_key',
          name: apiKey.name,
          prefix: apiKey.prefix,
          scopes: apiKey.scopes,
          created_at: formatTimestamp(apiKey.createdAt),
          expires_at: null,
          org_id: organization.id,
          org_name: organization.name,
        },
        text: '',
        secret: { field: 'key', value: secret },
        notes: `Issued the key ${apiKey.id}, "${apiKey.name}", for ${organization.id}, "${organization.name}", with ${apiKey.scopes.join(', ')}.`,
      };
    };
  },
});

export const revokeKey = defineCommand({
  name: 'keys revoke',
  summary: 'Revokes a key for good: its next request is refused.',
  createsDatabase: false,
  usage: '--id ID',
  explanation: `Also the last one that manages its organization's keys; \`keys issue\` then issues another.

  --id ID      the key, of whichever organization
`,
  options: { id: { type: 'string' } },
  prepare({ id }) {
    if (id === undefined) throw new UsageError('Say which key with --id ID.');
    return async (needs) => {
      const { apiKey, revokedAt, organization, hasManager } = await revokeKeyAsOperator(needs, id);
      const locked = `No key of the organization manages its keys now: \`keys issue --org ${organization.id}\` issues one.`;
      return {
        json: {
          id,
          object: 'api_key',
          name: apiKey.name,
          prefix: apiKey.prefix,
          status: 'revoked',
          revoked_at: formatTimestamp(revokedAt),
          org_id: organization.id,
          org_name: organization.name,
          org_has_manager: hasManager,
        },
        text: '',
        notes: [
          `The key ${id}, "${apiKey.name}", of ${organization.id}, "${organization.name}", was revoked at ${formatTimestamp(revokedAt)}.`,
          ...(hasManager ? [] : [locked]),
        ].join(' '),
      };
    };
  },
});

export const listRevoked = defineCommand({
  name: 'keys revoked',
  summary:
    'Lists the keys of all organizations and the resource servers that were revoked since a time, such as that of a backup.',
  createsDatabase: false,
  usage: '--since TIME',
  explanation: `By the audit events: what must be revoked again when the backup is restored. With --json it is what \`restore --revocations\` takes.

  --since TIME   from this second on, such as 2026-03-24T16:00:00Z
`,
  options: { since: { type: 'string' } },
  prepare({ since }) {
    if (since === undefined) throw new UsageError('Say since when with --since TIME, such as 2026-03-24T16:00:00Z.');
    const time = readTimestamp(since);
    if (time === null) {
      throw new UsageError(`--since ${JSON.stringify(since)} is not a time. It is written as in 2026-03-24T16:00:00Z.`);
    }
    return async ({ store }) => {
      const keys = await listRevokedSince(store, time);
      return {
        json: { object: 'list', data: keys.map(presentRevoked) },
        text: keys
          .map(({ id, organizationId, revokedAt, prefix, name }) =>
            [id, organizationId ?? '-', revokedAt, prefix ?? '-', name ?? '-'].join('  '),
          )
          .join('\n'),
        ...(keys.length === 0 && { notes: `Nothing was revoked since ${formatTimestamp(time)}.` }),
      };
    };
  },
});

function presentRevoked({ object, id, organizationId, revokedAt, name, prefix }: RevokedCredential) {
  return { id, object, org_id: organizationId, revoked_at: revokedAt, name, prefix };
}
