import { createOrganizationWithKey, type Organization, SCOPES, formatTimestamp } from '@signa/server';
import { defineCommand, requireName, UsageError } from './command.ts';

export const createOrg = defineCommand({
  name: 'orgs create',
  summary: 'Creates an organization and its first key, with all scopes.',
  createsDatabase: true,
  usage: '--name NAME',
  explanation: '  --name NAME  for people; another organization may have the same\n',
  options: { name: { type: 'string' } },
  hasSecret: true,
  prepare({ name }) {
    if (name === undefined) throw new UsageError('Give the organization a name with --name NAME.');
    requireName(name);
    return async (needs) => {
      const wanted = { name: 'First key', scopes: SCOPES };
      const { organization, apiKey, secret } = await createOrganizationWithKey(needs, name, wanted, (key) =>
        needs.handOver(key.secret),
      );
      return {
        json: {
          ...present(organization),
          api_key: {
            id: apiKey.id,
            name: apiKey.name,
            prefix: apiKey.prefix,
            scopes: apiKey.scopes,
            expires_at: null,
          },
        },
        text: '',
        secret: { field: 'key', value: secret },
        notes: `Created the organization ${organization.id} and its first key ${apiKey.id}, with all scopes.`,
      };
    };
  },
});

export const listOrgs = defineCommand({
  name: 'orgs list',
  summary: 'Lists the organizations, oldest first.',
  createsDatabase: false,
  usage: '',
  explanation: '',
  options: {},
  prepare: () => async (needs) => {
    const organizations = await needs.store.listOrganizations();
    return {
      json: { object: 'list', data: organizations.map(present) },
      text: organizations.map(({ id, createdAt, name }) => `${id}  ${formatTimestamp(createdAt)}  ${name}`).join('\n'),
      ...(organizations.length === 0 && { notes: 'There are no organizations yet.' }),
    };
  },
});

function present({ id, name, createdAt }: Organization) {
  return { id, object: 'organization', name, created_at: formatTimestamp(createdAt) };
}
