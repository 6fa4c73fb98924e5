import type { Handlers } from '../contract/handler.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ResourceServerCaller } from '../introspection/authenticate.ts';
import type { Caller } from '../keys/authenticate.ts';
import { RunningRequests } from '../idempotency/running-requests.ts';
import { createApiKey } from './create-api-key.ts';
import { getApiKeyScopeUsage } from './get-api-key-scope-usage.ts';
import { getApiKey } from './get-api-key.ts';
import { getOrganization } from './get-organization.ts';
import { getUsageSummary } from './get-usage-summary.ts';
import { introspectToken } from './introspect-token.ts';
import { listApiKeys } from './list-api-keys.ts';
import { listAuditEvents } from './list-audit-events.ts';
import { listRequestLogs } from './list-request-logs.ts';
import { revokeApiKey } from './revoke-api-key.ts';
import { rotateApiKey } from './rotate-api-key.ts';
import { updateApiKey } from './update-api-key.ts';

/** Who comes in under each security scheme of the contract. */
export interface CallerOf {
  readonly apiKey: Caller;
  readonly resourceServer: ResourceServerCaller;
}

/** The table of operations. An operation of the contract that is not in it does not compile. */
export function createOperations(dependencies: Dependencies): Handlers<CallerOf> {
  const running = new RunningRequests(dependencies.timeout ?? ((ms) => AbortSignal.timeout(ms)));
  const repeatable = { ...dependencies, running };
  return {
    getOrganization: getOrganization(),
    listApiKeys: listApiKeys(dependencies),
    createApiKey: createApiKey(repeatable),
    getApiKey: getApiKey(dependencies),
    updateApiKey: updateApiKey(dependencies),
    rotateApiKey: rotateApiKey(repeatable),
    revokeApiKey: revokeApiKey(dependencies),
    getApiKeyScopeUsage: getApiKeyScopeUsage(dependencies),
    listRequestLogs: listRequestLogs(dependencies),
    getUsageSummary: getUsageSummary(dependencies),
    introspectToken: introspectToken(dependencies),
    listAuditEvents: listAuditEvents(dependencies),
  };
}
