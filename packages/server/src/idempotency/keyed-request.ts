import { createHmac } from 'node:crypto';
import { type Json, canonicalJson } from '../canonical-json.ts';
import type { DeriveKey } from '../keys/derive-key.ts';

/** A request that its caller may send again, as it is recognised. */
export interface KeyedRequest {
  readonly idempotencyKey: string;
  readonly operationId: string;
  /** Under what the reply is kept. Says neither who the caller is nor what the Idempotency-Key. */
  readonly lookUp: Uint8Array;
  /** What was asked for. Another look at the same operation, path and body comes to the same. */
  readonly fingerprint: Uint8Array;
}

/** What a request asks for, once the contract has been enforced on it and its defaults are filled in. */
export interface Intent {
  readonly operationId: string;
  readonly path: Json;
  readonly body: Json;
}

/**
 * Both values are HMACs under keys that only the caller's secret gives. So a copy of the database neither shows that two callers
 * chose the same Idempotency-Key, nor lets guesses of a key or a body be tried. They are unsalted, because they must come out the same
 * the next time.
 */
export function recogniseRequest(deriveKey: DeriveKey, idempotencyKey: string, intent: Intent): KeyedRequest {
  const { operationId, path, body } = intent;
  const hmac = (purpose: string, text: string) =>
    createHmac('sha256', deriveKey(new Uint8Array(), purpose)).update(text).digest();
  return {
    idempotencyKey,
    operationId,
    lookUp: hmac('signa idempotency look-up v1', idempotencyKey),
    fingerprint: hmac('signa idempotency fingerprint v1', canonicalJson([operationId, path, body])),
  };
}
