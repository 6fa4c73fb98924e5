import { type Organization, type OrganizationLimits, OrganizationNotFoundError, setLimits } from '@signa/server';
import { LIMIT_VALUES, parseLimit } from '../limit-values.ts';
import { defineCommand, type Output, UsageError } from './command.ts';

/** What puts a limit back to the one that the server is configured with. */
const DEFAULT = 'default';

export const setLimitsOfOrg = defineCommand({
  name: 'limits set',
  summary: 'Gives an organization limits of its own.',
  createsDatabase: false,
  usage: '--org ID [--reads N] [--writes N]',
  explanation: `  --org ID     the organization; \`orgs list\` shows them
  --reads N    requests a minute that read, all keys together: ${LIMIT_VALUES},
               or ${DEFAULT} for RATE_LIMIT_READS of the server
  --writes N   the same for requests that write, and RATE_LIMIT_WRITES; also how many revocations
               each key has
`,
  options: { org: { type: 'string' }, reads: { type: 'string' }, writes: { type: 'string' } },
  prepare({ org, reads, writes }) {
    requireOrg(org);
    if (reads === undefined && writes === undefined)
      throw new UsageError('Say which limit with --reads N or --writes N.');
    const wanted = {
      ...(reads !== undefined && { reads: requireLimit('--reads', reads) }),
      ...(writes !== undefined && { writes: requireLimit('--writes', writes) }),
    };
    return async (needs) => {
      const organization = await setLimits(needs, org, wanted);
      return {
        ...describe(organization),
        notes: `The limits of ${organization.id}, "${organization.name}", hold from its next request on.`,
      };
    };
  },
});

export const showLimits = defineCommand({
  name: 'limits show',
  summary: 'Shows the limits of an organization.',
  createsDatabase: false,
  usage: '--org ID',
  explanation: '  --org ID     the organization; `orgs list` shows them\n',
  options: { org: { type: 'string' } },
  prepare({ org }) {
    requireOrg(org);
    return async ({ store }) => {
      const organization = (await store.listOrganizations()).find(({ id }) => id === org);
      if (organization === undefined) throw new OrganizationNotFoundError(org);
      return describe(organization);
    };
  },
});

function describe({ id, name, limits }: Organization): Output {
  return {
    json: { object: 'limits', org_id: id, org_name: name, ...limits },
    text: `reads   ${inWords(limits.reads)}\nwrites  ${inWords(limits.writes)}`,
  };
}

function inWords(limit: OrganizationLimits['reads']): string {
  return limit === null ? 'as the server is configured' : `${limit} a minute`;
}

function requireOrg(org: string | undefined): asserts org is string {
  if (org === undefined) throw new UsageError('Say which organization with --org ID; `orgs list` shows them.');
}

function requireLimit(option: string, text: string): number | null {
  const limit = text === DEFAULT ? null : parseLimit(text);
  if (limit !== undefined) return limit;
  throw new UsageError(`${option} ${JSON.stringify(text)} cannot be used: ${LIMIT_VALUES}, or ${DEFAULT}.`);
}
