import type { Admission } from '../contract/secure.ts';
import { ApiError } from '../errors/api-error.ts';
import type { Budget, Tally } from './limiter.ts';
import { WINDOW } from './windows.ts';

const WHOSE: Readonly<Record<Budget, string>> = {
  reads: 'organization',
  writes: 'organization',
  revocations: 'API key',
  refusals: 'API key',
  introspections: 'resource server',
};

/** What a caller is told of its limit, and the refusal of one that has used it up. */
export function admissionOf(tally: Tally): Admission {
  return { headers: rateLimitHeaders(tally), refusal: tally.admitted ? null : limitExceeded(tally) };
}

/** IETF draft-ietf-httpapi-ratelimit-headers: structured fields (RFC 9651) whose item is the name of the policy. */
function rateLimitHeaders({ budget, limit, remaining, secondsLeft }: Tally) {
  return {
    'RateLimit-Policy': `"${budget}";q=${limit};w=${WINDOW}`,
    RateLimit: `"${budget}";r=${remaining};t=${secondsLeft}`,
  };
}

function limitExceeded({ budget, limit, secondsLeft }: Tally): ApiError {
  const detail = `The ${WHOSE[budget]} has used up its limit of ${limit} ${budget} a minute. Nothing was carried out.`;
  return new ApiError('rate_limit_exceeded', detail, { retryAfter: secondsLeft });
}
