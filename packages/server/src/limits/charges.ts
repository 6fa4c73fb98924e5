import type { Operation } from '../contract/operations.ts';
import type { OrganizationBudget } from '../keys/api-key.ts';
import type { Budget, Limits } from './limiter.ts';

/** What a request of an API key is counted as. */
export interface Charge {
  /** Whether all keys of the organization share the count, or the key has one of its own. */
  readonly whose: 'organization' | 'api_key';
  readonly budget: Budget;
  /** The budget whose limit applies, should an operator have given the organization one of its own. */
  readonly limitedAs: OrganizationBudget;
  /** The limit that applies otherwise, in requests a minute. */
  readonly limit: number;
}

/** What a request is counted as, before it is known whose it is. */
export interface Charges {
  /** The scopes that the operation asks for. */
  readonly scopes: readonly string[];
  /** For a key that holds them all. */
  readonly holding: Charge;
  /** For any other, which will be refused. */
  readonly lacking: Charge;
}

/**
 * Requests count against the organization's limit, which all its keys share: the one that an operator gave it, or else that of `limits`.
 *
 * Revocations, and requests without the scope, count against the key alone: nobody who got hold of another one, least of all of one
 * that may do nothing, can keep its owner from revoking it.
 */
export function chargesOf({ method, scopes }: Operation, { reads, writes }: Limits): Charges {
  const ofKey = { whose: 'api_key', limitedAs: 'writes', limit: writes } as const;
  const ofOrganization: Charge =
    method === 'get'
      ? { whose: 'organization', budget: 'reads', limitedAs: 'reads', limit: reads }
      : { whose: 'organization', budget: 'writes', limitedAs: 'writes', limit: writes };
  return {
    scopes,
    holding: method === 'delete' ? { ...ofKey, budget: 'revocations' } : ofOrganization,
    lacking: { ...ofKey, budget: 'refusals' },
  };
}
