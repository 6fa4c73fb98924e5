import type { AuditAnchor } from '../audit/anchors.ts';
import { type ChainedRow, type ChainHead, OPERATOR_CHAIN } from '../audit/chain.ts';
import { ChainCheck, type ChainProblem, readEvent } from '../audit/check-chain.ts';
import { chainsOf, portionsOf } from '../audit/walk-chains.ts';
import type { AuditStore } from '../storage/audit-store.ts';
import type { Store } from '../storage/store.ts';

/** How much has been looked at. */
export interface AuditProgress {
  readonly chains: number;
  readonly events: number;
}

export interface AuditVerification extends AuditProgress {
  readonly problems: readonly ChainProblem[];
}

/**
 * Walks every audit chain and tells what is wrong with it, as {@link ChainCheck} finds it, and which chains are gone: of organizations
 * that operators created, and of those that were anchored. May run beside a server that adds events.
 *
 * @param anchors heads that were exported earlier; several of one chain are all held against it
 * @param onProgress called after every portion
 */
export async function verifyAudit(
  { audit }: Pick<Store, 'audit'>,
  anchors: readonly AuditAnchor[],
  onProgress: (progress: AuditProgress) => void = () => {},
): Promise<AuditVerification> {
  const anchorsOf = byChain(anchors);
  const gone = new Set<string>();
  const problems: ChainProblem[] = [];
  let chains = 0;
  let events = 0;

  const expectChain = async (chain: string) => {
    if (!(await exists(audit, chain))) gone.add(chain);
  };

  for await (const { chain } of chainsOf(audit)) {
    const check = new ChainCheck(chain, anchorsOf.get(chain) ?? []);
    let end: ChainHead | null = null;
    for await (const { rows, head } of portionsOf(audit, chain)) {
      for (const row of rows) check.take(row);
      if (chain === OPERATOR_CHAIN)
        for (const created of rows.flatMap(organizationCreatedBy)) await expectChain(created);
      end = head;
      events += rows.length;
      onProgress({ chains, events });
    }
    problems.push(...check.end(end));
    chains += 1;
  }
  for (const chain of anchorsOf.keys()) await expectChain(chain);
  for (const chain of gone) problems.push(...new ChainCheck(chain, []).end(null));
  return { chains, events, problems };
}

function byChain(anchors: readonly AuditAnchor[]): Map<string, AuditAnchor[]> {
  const grouped = new Map<string, AuditAnchor[]>();
  for (const anchor of anchors) {
    const others = grouped.get(anchor.chain);
    if (others === undefined) grouped.set(anchor.chain, [anchor]);
    else others.push(anchor);
  }
  return grouped;
}

async function exists(audit: AuditStore, chain: string): Promise<boolean> {
  const { rows, head } = await audit.readPortion(chain, { limit: 1 });
  return rows.length > 0 || head !== null;
}

/** The id of the organization whose creation an operator's event records; none for other events. */
function organizationCreatedBy({ bytes }: ChainedRow): string[] {
  const { action, target } = readEvent(bytes) as { action?: unknown; target?: { id?: unknown } };
  return action === 'organization.created' && typeof target?.id === 'string' ? [target.id] : [];
}
