import {
  createResourceServer,
  type ResourceServer,
  revokeResourceServer,
  SCOPES,
  formatTimestamp,
} from '@signa/server';
import { defineCommand, requireName, requireScope, UsageError } from './command.ts';

export const createServer = defineCommand({
  name: 'resource-servers create',
  summary: 'Makes the credential with which an API or a gateway checks the keys that are presented to it.',
  createsDatabase: false,
  usage: '--name NAME --scope SCOPE…',
  explanation: `  --name NAME  for people; another resource server may have the same
  --scope S    once for each of ${SCOPES.join(', ')} that it may learn of
`,
  options: { name: { type: 'string' }, scope: { type: 'string', multiple: true } },
  hasSecret: true,
  prepare({ name, scope }) {
    if (name === undefined) throw new UsageError('Give the resource server a name with --name NAME.');
    requireName(name);
    if (scope === undefined)
      throw new UsageError('Say which scopes it may learn of with --scope SCOPE, once for each.');
    const wanted = { name, scopes: [...new Set(scope.map(requireScope))] };
    return async (needs) => {
      const { resourceServer, secret } = await createResourceServer(needs, wanted, (created) =>
        needs.handOver(created.secret),
      );
      const { id, scopes } = resourceServer;
      return {
        json: present(resourceServer),
        text: '',
        secret: { field: 'secret', value: secret },
        notes: `Created the resource server ${id}, "${name}", for ${scopes.join(', ')}. It authenticates with its id and this secret.`,
      };
    };
  },
});

export const listServers = defineCommand({
  name: 'resource-servers list',
  summary: 'Lists the resource servers, oldest first, those that are revoked as well.',
  createsDatabase: false,
  usage: '',
  explanation: '',
  options: {},
  prepare:
    () =>
    async ({ store }) => {
      const servers = (await store.resourceServers.list()).map(present);
      return {
        json: { object: 'list', data: servers },
        text: servers
          .map(({ id, created_at, status, prefix, scopes, name }) =>
            [id, created_at, status.padEnd(7), prefix, scopes.join(','), name].join('  '),
          )
          .join('\n'),
        ...(servers.length === 0 && { notes: 'There are no resource servers yet.' }),
      };
    },
});

export const revokeServer = defineCommand({
  name: 'resource-servers revoke',
  summary: 'Revokes a resource server for good: its next request is refused.',
  createsDatabase: false,
  usage: '--id ID',
  explanation: '  --id ID      the resource server; `resource-servers list` shows them\n',
  options: { id: { type: 'string' } },
  prepare({ id }) {
    if (id === undefined) throw new UsageError('Say which with --id ID; `resource-servers list` shows them.');
    return async (needs) => {
      const revoked = await revokeResourceServer(needs, id);
      const { name, revoked_at: since } = present(revoked);
      return {
        json: present(revoked),
        text: '',
        notes: `The resource server ${id}, "${name}", was revoked at ${since}.`,
      };
    };
  },
});

function present({ id, name, prefix, scopes, createdAt, revokedAt }: ResourceServer) {
  return {
    id,
    object: 'resource_server',
    name,
    prefix,
    scopes,
    status: revokedAt === null ? 'active' : 'revoked',
    created_at: formatTimestamp(createdAt),
    revoked_at: revokedAt === null ? null : formatTimestamp(revokedAt),
  };
}
