import type { AuditAnchor } from '../audit/anchors.ts';
import { type ChainedRow, type ChainHead, OPERATOR_CHAIN } from '../audit/chain.ts';
import { ChainCheck, type ChainProblem, readEvent } from '../audit/check-chain.ts';
import { chainsOf, portionsOf } from '../audit/walk-chains.ts';
import { dayOf, type EpochDay, startOf } from '../keys/day.ts';
import { parseTimestamp } from '../keys/timestamp.ts';
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
 * that operators created, and of those that were anchored. Every event must also be in the lists of its day, which have an index of
 * their own. May run beside a server that adds events.
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
      const sound = rows.filter((row) => check.take(row));
      for (const sequence of await findUnlisted(audit, chain, sound, rows.length)) check.missInLists(sequence);
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

/**
 * The positions of those rows that the list of their day does not show.
 *
 * @param among how many rows there are, with those at fault, from the first of these to the last
 */
async function findUnlisted(
  audit: AuditStore,
  chain: string,
  rows: readonly ChainedRow[],
  among: number,
): Promise<number[]> {
  const unlisted: number[] = [];
  for (const [day, positions] of byDay(rows)) {
    const page = { before: positions.at(-1)! + 1, limit: among };
    const listed = await audit.list(chain, { from: startOf(day), until: startOf(day + 1) }, page);
    const found = new Set(listed.rows.map(({ sequence }) => sequence));
    unlisted.push(...positions.filter((sequence) => !found.has(sequence)));
  }
  return unlisted.toSorted((a, b) => a - b);
}

function byDay(rows: readonly ChainedRow[]): Map<EpochDay, number[]> {
  const days = new Map<EpochDay, number[]>();
  for (const { sequence, bytes } of rows) {
    const time = parseTimestamp(String(readEvent(bytes)['occurred_at']));
    if (time === null) continue; // of no day, and in no list
    const others = days.get(dayOf(time));
    if (others === undefined) days.set(dayOf(time), [sequence]);
    else others.push(sequence);
  }
  return days;
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
