import { isIPv4 } from 'node:net';
import type { Refuse } from '../contract/secure.ts';
import type { Clock } from '../dependencies.ts';
import { ApiError } from '../errors/api-error.ts';
import { createWindows } from './windows.ts';

/** How many requests that fail to authenticate are answered 401 in a minute, for each client address. */
export const DEFAULT_FAILED_AUTHENTICATIONS = 60;

/** How many addresses are remembered at a time: about a megabyte. */
const MOST_ADDRESSES = 10_000;

/**
 * Counts the requests from each address that fail to authenticate, and from the limit on answers them 429. It is asked only once
 * authentication has failed, so a valid credential is never refused, whoever shares its address; and it looks at nothing but the address,
 * so that the 429 tells no more of a credential than the 401 did.
 *
 * In this process and approximately: whoever comes from {@link MOST_ADDRESSES} addresses in a minute has all counts forgotten. To
 * raise one's own limit in this way takes more requests than it gains.
 */
export function limitFailedAuthentications(clock: Clock, limit: number): Refuse {
  const currentWindow = createWindows(clock);
  return (clientAddress, unauthorized) => {
    // The connection is gone already, and nobody will read the answer.
    if (clientAddress === null) return unauthorized;
    const { counts, secondsLeft } = currentWindow();
    const network = networkOf(clientAddress);
    const failures = (counts.get(network) ?? 0) + 1;
    if (failures === 1 && counts.size >= MOST_ADDRESSES) counts.clear();
    counts.set(network, failures);
    return failures > limit ? failuresExceeded(secondsLeft) : unauthorized;
  };
}

function failuresExceeded(secondsLeft: number): ApiError {
  const detail = 'Too many requests without a valid credential have come from your address within this minute.';
  return new ApiError('failed_authentications_exceeded', detail, { retryAfter: secondsLeft });
}

/** What one client has to itself: an IPv4 address, or the first 64 bits of an IPv6 address, behind which it can have any (RFC 4291). */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  // An IPv4 address at the end stands for the last two of the eight groups.
  const [head = '', tail = ''] = address.replace(/[\d.]+\.\d+$/, '0:0').split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
