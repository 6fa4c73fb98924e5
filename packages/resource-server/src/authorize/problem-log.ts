import type { IntrospectionError, IntrospectionFailure } from '../introspection-error.ts';

const REPEAT_AFTER_MS = 10_000;

/**
 * Tells the operator why requests are answered 503: of each reason at once, and then every ten seconds how often it came. An outage
 * refuses thousands of requests a second, and a log that tells of each would be the next outage.
 */
export function createProblemLog(write: (fields: object) => void, now: () => number) {
  const told = new Map<IntrospectionFailure, { at: number; since: number }>();

  return ({ reason, status, message, cause }: IntrospectionError): void => {
    const last = told.get(reason);
    if (last !== undefined && now() - last.at < REPEAT_AFTER_MS) {
      last.since += 1;
      return;
    }
    told.set(reason, { at: now(), since: 0 });
    write({ level: 'error', msg: message, reason, status, cause: describe(cause), refused: (last?.since ?? 0) + 1 });
  };
}

/** `fetch failed` is all that fetch itself says; what happened is in its cause. */
function describe(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code } = cause as NodeJS.ErrnoException;
  return describe(cause.cause) ?? (typeof code === 'string' ? code : cause.message);
}
