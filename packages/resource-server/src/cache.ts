import { createHash } from 'node:crypto';
import type { ActiveToken, Introspect } from './introspect.ts';

export interface CacheOptions {
  /** How much longer than without a cache a key may be admitted after it was revoked: 1 to 60 whole seconds. */
  readonly maxAgeSeconds: number;
  /** How many tokens are remembered at most: 1 to 1,000,000. Those that were not used for longest go first. */
  readonly maxEntries: number;
}

export interface Time {
  /** Milliseconds that only ever grow. */
  readonly monotonic: () => number;
  /** Seconds since 1970. */
  readonly clock: () => number;
}

interface Entry {
  readonly active: ActiveToken;
  /** On the monotonic clock, which nobody can set back. */
  readonly until: number;
}

/**
 * Remembers active tokens for a while. What is remembered only ever admits: a token that is inactive or lacks a scope is asked about
 * every time, so that a new key and a new scope count at once, and tokens that somebody makes up push nothing out.
 *
 * The age counts from before the API was asked. A key that is revoked at some moment was last found active by a question that began
 * before it, so it is admitted for at most `maxAgeSeconds` after it. The token itself is not kept, only its digest.
 */
export function withCache(introspect: Introspect, { maxAgeSeconds, maxEntries }: CacheOptions, time: Time): Introspect {
  // A Map keeps the order in which its entries were set: the first is the one that was not used for longest.
  const entries = new Map<string, Entry>();

  return async (token, requiredScopes) => {
    const key = createHash('sha256').update(token).digest('base64');
    const entry = entries.get(key);
    entries.delete(key);
    if (entry !== undefined && isCurrent(entry)) {
      entries.set(key, entry);
      if (requiredScopes.every((scope) => (entry.active.scopes as readonly string[]).includes(scope)))
        return entry.active;
    }

    const until = time.monotonic() + maxAgeSeconds * 1000;
    const active = await introspect(token, requiredScopes);
    entries.delete(key);
    if (active !== null) {
      entries.set(key, { active, until });
      if (entries.size > maxEntries) entries.delete(entries.keys().next().value!);
    }
    return active;
  };

  function isCurrent({ active: { expiresAt }, until }: Entry): boolean {
    return time.monotonic() < until && (expiresAt === null || time.clock() < expiresAt);
  }
}
