import type { Operation } from '../contract/operations.ts';
import type { Admission, Admit } from '../contract/secure.ts';
import { ApiError } from '../errors/api-error.ts';
import type { ResourceServerCaller } from '../introspection/authenticate.ts';
import type { OrganizationBudget } from '../keys/api-key.ts';
import type { Caller } from '../keys/authenticate.ts';
import type { Budget, Limiter, Limits, Tally } from './limiter.ts';
import { WINDOW } from './windows.ts';

/**
 * Counts each request of a key against its organization's limit, which all keys of the organization share: the one that an operator
 * gave it, or else that of `limits`.
 *
 * Revocations, and requests without the scope, count against the key alone: nobody who got hold of another one, least of all of one
 * that may do nothing, can keep its owner from revoking it.
 */
export function limitRequests(limiter: Limiter, limits: Limits): Admit<Caller> {
  return async (operation, { apiKey, organization }, holdsScopes) => {
    const limitOf = (budget: OrganizationBudget) => organization.limits[budget] ?? limits[budget];
    const budget = holdsScopes ? budgetOf(operation) : 'refusals';
    if (budget === 'reads' || budget === 'writes') {
      return admission('organization', budget, await limiter.count(organization.id, budget, limitOf(budget)));
    }
    return admission('API key', budget, await limiter.count(apiKey.id, budget, limitOf('writes')));
  };
}

/** Counts each introspection against the limit of the resource server that asks. No organization pays for it. */
export function limitIntrospections(limiter: Limiter, limits: Limits): Admit<ResourceServerCaller> {
  return async (_operation, { resourceServer }) => {
    const tally = await limiter.count(resourceServer.id, 'introspections', limits.introspections);
    return admission('resource server', 'introspections', tally);
  };
}

function budgetOf({ method }: Operation): OrganizationBudget | 'revocations' {
  if (method === 'delete') return 'revocations';
  return method === 'get' ? 'reads' : 'writes';
}

function admission(whose: string, budget: Budget, tally: Tally): Admission {
  return {
    headers: rateLimitHeaders(budget, tally),
    refusal: tally.admitted ? null : limitExceeded(whose, budget, tally),
  };
}

/** IETF draft-ietf-httpapi-ratelimit-headers: structured fields (RFC 9651) whose item is the name of the policy. */
function rateLimitHeaders(budget: Budget, { limit, remaining, secondsLeft }: Tally) {
  return {
    'RateLimit-Policy': `"${budget}";q=${limit};w=${WINDOW}`,
    RateLimit: `"${budget}";r=${remaining};t=${secondsLeft}`,
  };
}

function limitExceeded(whose: string, budget: Budget, { limit, secondsLeft }: Tally): ApiError {
  const detail = `The ${whose} has used up its limit of ${limit} ${budget} a minute. Nothing was carried out.`;
  return new ApiError('rate_limit_exceeded', detail, { retryAfter: secondsLeft });
}
