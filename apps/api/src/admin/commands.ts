import { auditExportAnchors, auditVerify } from './audit.ts';
import { backup } from './backup.ts';
import { copyCommand } from './copy-to-postgres.ts';
import type { Command } from './command.ts';
import { issueKey, listRevoked, revokeKey } from './keys.ts';
import { setLimitsOfOrg, showLimits } from './limits.ts';
import { createOrg, listOrgs } from './orgs.ts';
import { migrate } from './migrate.ts';
import { prune } from './prune.ts';
import { restore } from './restore.ts';
import { createServer, listServers, revokeServer } from './resource-servers.ts';

/** The table of the operator's commands. */
export const COMMANDS: readonly Command[] = [
  createOrg,
  listOrgs,
  issueKey,
  revokeKey,
  listRevoked,
  setLimitsOfOrg,
  showLimits,
  createServer,
  listServers,
  revokeServer,
  auditVerify,
  auditExportAnchors,
  prune,
  migrate,
  copyCommand,
  backup,
  restore,
];
