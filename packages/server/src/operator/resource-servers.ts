import type { AuditEvent } from '../audit/audit-event.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ResourceServer } from '../introspection/resource-server.ts';
import type { Scope } from '../keys/api-key.ts';
import { generateId } from '../keys/ids.ts';
import { digestOf, generateSecret, prefixOf } from '../keys/secret.ts';
import { formatTimestamp } from '../keys/timestamp.ts';

type Needs = Pick<Dependencies, 'store' | 'clock' | 'random'>;

export interface CreatedResourceServer {
  readonly resourceServer: ResourceServer;
  /** To be handed over once, and kept nowhere. */
  readonly secret: string;
}

export class ResourceServerNotFoundError extends Error {
  override readonly name = 'ResourceServerNotFoundError';

  constructor(id: string) {
    super(`There is no resource server ${id}.`);
  }
}

/**
 * Makes a credential with which a service may introspect the keys of every organization.
 *
 * @param deliver puts the secret where its owner finds it, before the transaction commits: a credential whose secret could not be
 *   handed over never exists
 */
export function createResourceServer(
  { store, clock, random }: Needs,
  wanted: { readonly name: string; readonly scopes: readonly Scope[] },
  deliver: (created: CreatedResourceServer) => Promise<void>,
): Promise<CreatedResourceServer> {
  return store.changeAsOperator(async (transaction) => {
    for (;;) {
      const secret = generateSecret(random, 'sigrs_');
      const resourceServer: ResourceServer = {
        ...wanted,
        id: generateId('rs', random),
        prefix: prefixOf(secret),
        createdAt: clock(),
        revokedAt: null,
      };
      if ((await transaction.insertResourceServer(resourceServer, digestOf(secret))) === 'id_taken') continue;
      const { id, name, prefix, scopes, createdAt } = resourceServer;
      await transaction.appendAudit({
        id: generateId('evt', random),
        action: 'resource_server.created',
        occurredAt: createdAt,
        actor: { type: 'operator' },
        target: { type: 'resource_server', id },
        before: {},
        after: { name, prefix, scopes },
        requestId: null,
        clientAddress: null,
      } satisfies AuditEvent);
      await deliver({ resourceServer, secret });
      return { resourceServer, secret };
    }
  });
}

/**
 * Refuses a resource server from now on: its next request is answered 401. Revoking it again changes nothing, and leaves no row.
 *
 * @throws {ResourceServerNotFoundError}
 */
export function revokeResourceServer({ store, clock, random }: Needs, id: string): Promise<ResourceServer> {
  return store.changeAsOperator(async (transaction) => {
    const found = await transaction.getResourceServer(id);
    if (found === null) throw new ResourceServerNotFoundError(id);
    if (found.revokedAt !== null) return found;
    const revokedAt = clock();
    await transaction.revokeResourceServer(id, revokedAt);
    await transaction.appendAudit({
      id: generateId('evt', random),
      action: 'resource_server.revoked',
      occurredAt: revokedAt,
      actor: { type: 'operator' },
      target: { type: 'resource_server', id },
      before: { status: 'active' },
      after: { status: 'revoked', revoked_at: formatTimestamp(revokedAt) },
      requestId: null,
      clientAddress: null,
    } satisfies AuditEvent);
    return { ...found, revokedAt };
  });
}
