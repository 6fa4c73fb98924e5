import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Store } from '../storage/store.ts';
import { readChain } from './read-chain.ts';

/** An audit row as it was hashed. */
export interface AuditRow {
  readonly id: string;
  readonly action: string;
  readonly occurred_at: string;
  readonly actor: object;
  readonly target: { readonly type: string; readonly id: string };
  readonly before: object;
  readonly after: object;
  readonly request_id: string | null;
  readonly client_address: string | null;
}

/** The rows of an organization's audit chain, the oldest first, once every hash in it has been computed again. */
export async function readAudit(store: Store, organizationId: string): Promise<AuditRow[]> {
  let previousHash = '0'.repeat(64);
  return (await readChain(store, organizationId)).map(({ bytes, hash }, index) => {
    const text = Buffer.from(bytes).toString();
    const row = JSON.parse(text) as AuditRow;
    expect(row).toMatchObject({ chain: organizationId, sequence: index + 1, previous_hash: previousHash });
    previousHash = createHash('sha256').update(text).digest('hex');
    expect(Buffer.from(hash).toString('hex')).toBe(previousHash);
    return row;
  });
}
