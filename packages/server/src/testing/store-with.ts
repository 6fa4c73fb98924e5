import type { Store } from '../storage/store.ts';

/**
 * A real store with some methods of its own: to fail as a disk does, or to let something happen at a certain moment. It does not
 * close the store behind it, which belongs to another server. Requests are counted in memory, so that the methods given are those that
 * look callers up.
 */
export function storeWith(store: Store, methods: Partial<Store>): Store {
  return {
    resourceServers: store.resourceServers,
    scopeUses: store.scopeUses,
    audit: store.audit,
    sealedReplies: store.sealedReplies,
    requestLogs: store.requestLogs,
    usage: store.usage,
    findCredential: (...given) => store.findCredential(...given),
    getApiKey: (...given) => store.getApiKey(...given),
    listApiKeys: (...given) => store.listApiKeys(...given),
    countApiKeys: (...given) => store.countApiKeys(...given),
    listOrganizations: () => store.listOrganizations(),
    change: (...given) => store.change(...given),
    changeAsOperator: (...given) => store.changeAsOperator(...given),
    recordUses: (...given) => store.recordUses(...given),
    waitingWrites: () => store.waitingWrites?.() ?? 0,
    checkHealth: () => store.checkHealth(),
    close: async () => {},
    ...methods,
  };
}
