import type { AuditAnchor } from './anchors.ts';
import { type ChainedRow, type ChainHead, EMPTY_CHAIN, hashOf, toHex } from './chain.ts';

/** What can be wrong at a place in a chain, as it is told to an operator. */
export const CHAIN_FAULTS = {
  changed: 'the content does not have the hash that is stored with it',
  misplaced: 'the content says that it belongs to another position or another chain',
  unlinked: 'it does not name the event before it as it is now: one of the two was replaced',
  missing: 'there is nothing here, but there is after it',
  not_listed: 'lists leave it out: what leads to the events of a day was changed',
  cut_off: 'the end is missing: by its head the chain was longer',
  beyond_head: 'added past the end: by its head the chain is shorter',
  head_differs: 'it is not the event that the head names: one of the two was replaced',
  no_head: 'the organization of these events is gone',
  anchor_differs: 'it is not the event that was anchored: the chain was written anew',
  before_anchor: 'the end is missing: when it was anchored the chain was longer',
  vanished: 'the organization is gone, and its whole chain with it',
} as const;

export type ChainFault = keyof typeof CHAIN_FAULTS;

export interface ChainProblem {
  readonly chain: string;
  /** The positions at fault, both included: neighbours with the same fault are one problem. Null when it is the whole chain. */
  readonly positions: { readonly first: number; readonly last: number } | null;
  readonly fault: ChainFault;
}

/**
 * Checks one chain, row by row from its beginning: `take` each, then `end`. Keeps none of them.
 *
 * What was changed, moved, added or taken out shows against the rows around it and against the head. Somebody who can write everything
 * can also compute a new tail and a head that goes with it: that shows against anchors only.
 */
export class ChainCheck {
  readonly #chain: string;
  readonly #anchors: readonly AuditAnchor[];
  readonly #problems: ChainProblem[] = [];
  /** Positions at which an anchor does not hold. */
  readonly #unanchored = new Set<number>();
  /** The end of what was taken so far. */
  #end: ChainHead = EMPTY_CHAIN;

  constructor(chain: string, anchors: readonly AuditAnchor[]) {
    this.#chain = chain;
    this.#anchors = anchors;
  }

  /**
   * Takes the next row in the order of positions.
   *
   * @returns whether nothing is wrong with the row itself
   */
  take(row: ChainedRow): boolean {
    const { sequence, hash } = row;
    const next = this.#end.length + 1;
    if (sequence < next) {
      // Before the first position. It has no place in the chain, and what follows is held against what stands before it.
      this.#report('misplaced', sequence);
      return false;
    }
    if (sequence > next) this.#report('missing', next, sequence - 1);
    const fault = this.#faultOf(row);
    if (fault !== null) this.#report(fault, sequence);
    if (this.#anchors.some((anchor) => anchor.sequence === sequence && anchor.hash !== toHex(hash))) {
      this.#unanchored.add(sequence);
    }
    this.#end = { length: sequence, hash };
    return fault === null;
  }

  /** Takes note that lists do not show the row at a position that was taken. */
  missInLists(sequence: number): void {
    this.#report('not_listed', sequence);
  }

  /**
   * Tells all that is wrong, once every row was taken.
   *
   * @param head as it was when the end was read; null when there is none
   */
  end(head: ChainHead | null): readonly ChainProblem[] {
    const { length, hash } = this.#end;
    if (head === null) {
      if (length === 0) this.#problems.push({ chain: this.#chain, positions: null, fault: 'vanished' });
      else this.#report('no_head', 1, length);
      return this.#problems;
    }
    if (length < head.length) this.#report('cut_off', length + 1, head.length);
    else if (length > head.length) this.#report('beyond_head', head.length + 1, length);
    else if (toHex(hash) !== toHex(head.hash)) this.#report('head_differs', length);

    for (const sequence of this.#unanchored) this.#report('anchor_differs', sequence);
    const known = Math.max(length, head.length);
    const anchored = Math.max(0, ...this.#anchors.map(({ sequence }) => sequence));
    if (anchored > known) this.#report('before_anchor', known + 1, anchored);
    return this.#problems;
  }

  #faultOf({ sequence, bytes, hash }: ChainedRow): ChainFault | null {
    if (toHex(hashOf(bytes)) !== toHex(hash)) return 'changed';
    const event = readEvent(bytes);
    if (event['chain'] !== this.#chain || event['sequence'] !== sequence) return 'misplaced';
    // After a gap there is nothing to hold it against.
    const follows = sequence === this.#end.length + 1;
    return follows && event['previous_hash'] !== toHex(this.#end.hash) ? 'unlinked' : null;
  }

  #report(fault: ChainFault, first: number, last = first): void {
    const before = this.#problems.at(-1);
    const continues = before?.fault === fault && before.positions?.last === first - 1;
    if (continues) this.#problems.pop();
    const positions = { first: continues ? before.positions.first : first, last };
    this.#problems.push({ chain: this.#chain, positions, fault });
  }
}

/** The members of a stored event. None, for bytes that are not one: only somebody who tampers would store such. */
export function readEvent(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const event: unknown = JSON.parse(Buffer.from(bytes).toString());
    return typeof event === 'object' && event !== null ? (event as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
