import type { AuditAnchor } from '../audit/anchors.ts';
import { toHex } from '../audit/chain.ts';
import { chainsOf } from '../audit/walk-chains.ts';
import type { Dependencies } from '../dependencies.ts';
import { formatTimestamp } from '../keys/timestamp.ts';

/** The head of every audit chain now, an empty one's too: an organization that vanishes shows by its anchor. */
export async function exportAnchors({ store, clock }: Pick<Dependencies, 'store' | 'clock'>): Promise<AuditAnchor[]> {
  const exportedAt = formatTimestamp(clock());
  const anchors: AuditAnchor[] = [];
  for await (const { chain, head } of chainsOf(store.audit)) {
    // Rows without a head are what `verifyAudit` reports; there is nothing to anchor.
    if (head === null) continue;
    anchors.push({ chain, sequence: head.length, hash: toHex(head.hash), exported_at: exportedAt });
  }
  return anchors;
}
