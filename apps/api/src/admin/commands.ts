import type { Command } from './command.ts';
import { issueKey } from './keys.ts';
import { createOrg, listOrgs } from './orgs.ts';
import { createServer, listServers, revokeServer } from './resource-servers.ts';

/** The table of the operator's commands. */
export const COMMANDS: readonly Command[] = [createOrg, listOrgs, issueKey, createServer, listServers, revokeServer];
