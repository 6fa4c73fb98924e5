import { describe } from 'vitest';
import { describeAuditChains } from './conformance/audit-chains.ts';
import { describeAuditLists } from './conformance/audit-lists.ts';
import { describeDurability } from './conformance/durability.ts';
import { describeLimits } from './conformance/limits.ts';
import { describeLists } from './conformance/lists.ts';
import { describeManagers } from './conformance/managers.ts';
import { describeNames } from './conformance/names.ts';
import { describeOperators } from './conformance/operators.ts';
import { describeResourceServers } from './conformance/resource-servers.ts';
import { describeSealedReplies } from './conformance/sealed-replies.ts';
import { describeRequestLogs } from './conformance/request-logs.ts';
import { describeScopeUses } from './conformance/scope-uses.ts';
import { describeSecrets } from './conformance/secrets.ts';
import { createStoreTest, type StoreUnderTest } from './conformance/store-test.ts';
import { describeTenants } from './conformance/tenants.ts';
import { describeTransactions } from './conformance/transactions.ts';
import { describeUsage } from './conformance/usage.ts';
import { describeUses } from './conformance/uses.ts';
import { describeVersions } from './conformance/versions.ts';

/**
 * What every implementation of `Store` promises, written against the interface alone. Each test opens a store of its
 * own.
 */
export function describeStore(name: string, openStore: () => Promise<StoreUnderTest>): void {
  const it = createStoreTest(openStore);
  describe(`${name}:`, () => {
    describeDurability(it);
    describeTransactions(it);
    describeOperators(it);
    describeLimits(it);
    describeTenants(it);
    describeNames(it);
    describeSecrets(it);
    describeVersions(it);
    describeUses(it);
    describeScopeUses(it);
    describeManagers(it);
    describeLists(it);
    describeAuditChains(it);
    describeResourceServers(it);
    describeAuditLists(it);
    describeSealedReplies(it);
    describeRequestLogs(it);
    describeUsage(it);
  });
}
