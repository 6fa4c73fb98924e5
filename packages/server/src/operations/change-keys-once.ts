import type { Json } from '../canonical-json.ts';
import type { OperationId, OperationRequest } from '../contract/handler.ts';
import { type Reply, toSentReply } from '../contract/reply.ts';
import type { Dependencies } from '../dependencies.ts';
import { KEPT_PER_CALLER, REMEMBERED_FOR, SEALED_FOR, findEarlierReply } from '../idempotency/earlier-reply.ts';
import { parseIdempotencyKey } from '../idempotency/idempotency-key.ts';
import { type KeyedRequest, recogniseRequest } from '../idempotency/keyed-request.ts';
import type { RunningRequests } from '../idempotency/running-requests.ts';
import { openReply, sealReply } from '../idempotency/seal.ts';
import { type Caller, isUsable } from '../keys/authenticate.ts';
import { requireLifetimeWithin, requireScopesHeld } from '../keys/grant.ts';
import { type KeyChange, changeKeys, requireFound } from './change-keys.ts';

/** What a change needs that can be asked for twice. */
export interface RepeatableDependencies extends Pick<Dependencies, 'store' | 'clock' | 'random'> {
  readonly running: RunningRequests;
}

type RepeatableRequest<Id extends OperationId> = Omit<OperationRequest<Id, Caller>, 'headers'> & {
  readonly headers: { readonly 'Idempotency-Key'?: string };
};

/** What a change came to: the answer, and the key whose secret is in it. */
interface Disclosure<Id extends OperationId> {
  readonly apiKeyId: string;
  readonly reply: Reply<Id>;
}

/**
 * Runs a change that hands over a secret, as `changeKeys` does. With an Idempotency-Key it is carried out once, and a repetition gets
 * the same reply. The change, its audit event and its sealed reply are one transaction: none is ever there without the others.
 */
export function changeKeysOnce<Id extends OperationId>(
  dependencies: RepeatableDependencies,
  request: RepeatableRequest<Id>,
  work: (change: KeyChange) => Promise<Disclosure<Id>>,
): Promise<Reply<Id>> {
  const header = request.headers['Idempotency-Key'];
  if (header === undefined) {
    return changeKeys(dependencies, request, async (change) => (await work(change)).reply);
  }
  const { operationId, path, body = null } = request;
  const { deriveKey } = request.caller;
  // The cast holds because a body that the contract has let through was JSON, and the path is texts.
  const intent = { operationId, path, body } as { operationId: string; path: Json; body: Json };
  const keyed = recogniseRequest(deriveKey, parseIdempotencyKey(header), intent);

  return dependencies.running.runAlone(keyed.lookUp, () =>
    changeKeys(dependencies, request, async (change) => {
      const { transaction, now } = change;
      const earlier = findEarlierReply(await transaction.sealedReplies.find(keyed.lookUp), keyed, now);
      if (earlier !== null) {
        await requireStillEntitled(change, earlier.record.apiKeyId);
        return request.repeat(openReply(deriveKey, keyed, earlier.record, earlier.sealed));
      }
      const { apiKeyId, reply } = await work(change);
      const record = recordOf(keyed, change, apiKeyId);
      const sealed = (await isSecretAlive(change, request.caller))
        ? sealReply(deriveKey, dependencies.random, keyed, record, toSentReply(reply))
        : null;
      await transaction.sealedReplies.insert({ ...record, sealed }, KEPT_PER_CALLER, now);
      return reply;
    }),
  );
}

function recordOf({ lookUp, fingerprint }: KeyedRequest, { caller, now }: KeyChange, apiKeyId: string) {
  return {
    lookUp,
    fingerprint,
    callerId: caller.id,
    apiKeyId,
    sealedUntil: now + SEALED_FOR,
    expiresAt: now + REMEMBERED_FOR,
  };
}

/** A key that has rotated itself without a grace could not ask again. Its reply would only wait for somebody who has the dead secret. */
async function isSecretAlive({ transaction, now }: KeyChange, { secretDigest }: Caller): Promise<boolean> {
  const credential = await transaction.findCredential(secretDigest);
  return credential !== null && isUsable(credential, now);
}

/** Who has been narrowed since is not shown the secret again, as it could not rotate the key either. @throws {ApiError} 403 */
async function requireStillEntitled({ transaction, caller }: KeyChange, apiKeyId: string): Promise<void> {
  const key = requireFound(await transaction.getApiKey(apiKeyId));
  requireScopesHeld(caller, key.scopes);
  requireLifetimeWithin(caller, key.expiresAt);
}
