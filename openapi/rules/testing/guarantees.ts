import type { Contract } from './lint.ts';
import { validContract } from './valid-contract.ts';

/** What each rule promises, by its name in redocly.yaml. */
export type Guarantees = Record<string, Guarantee[]>;

/** A change to the valid contract, and what the rule says about it. */
export interface Guarantee {
  /** The rest of the sentence that begins with the rule's name. */
  that: string;
  /** JSON pointers into the contract with their new values; `undefined` removes. */
  given: Record<string, unknown>;
  /** Files beside the contract, which references may lead to. */
  files?: Record<string, unknown>;
  /** Where the rule reports, in any order. */
  want: string[];
}

/** The valid contract with what is given. Throws when there is nothing to remove, because such a row tests nothing. */
export function changedContract({ given, files }: Pick<Guarantee, 'given' | 'files'>): Contract {
  const contract = structuredClone(validContract);
  for (const [pointer, value] of Object.entries(given)) {
    const path = pointer.split('/').slice(1).map(unescape);
    const last = path.pop()!;
    // A row may change whatever place it points at, so the type of the valid contract is of no use here.
    const parent = path.reduce<Node>((node, key) => node[key] as Node, contract as unknown as Node);
    if (value !== undefined) parent[last] = value;
    else if (last in parent) delete parent[last];
    else throw new Error(`${pointer} is not in the valid contract`);
  }
  return { ...files, 'openapi.json': contract };
}

type Node = Record<string, unknown>;
const unescape = (key: string) => key.replaceAll('~1', '/').replaceAll('~0', '~');
