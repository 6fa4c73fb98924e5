import { initialSchema } from './001_initial_schema.ts';
import { resourceServers } from './002_resource_servers.ts';
import { sealedReplies } from './003_sealed_replies.ts';
import { limits } from './004_limits.ts';
import { requestLogs } from './005_request_logs.ts';
import { auditLists } from './006_audit_lists.ts';
import { scopeUses } from './007_scope_uses.ts';

/**
 * The steps from an empty database to the schema of this program, in order. The schema's version is the number of steps
 * taken. A step that has been released is never edited: databases that took it exist.
 */
export const MIGRATIONS: readonly string[] = [
  initialSchema,
  resourceServers,
  sealedReplies,
  limits,
  requestLogs,
  auditLists,
  scopeUses,
];
