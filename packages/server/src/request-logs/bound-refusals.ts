import type { Clock } from '../dependencies.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import { createWindows } from '../limits/windows.ts';

/** How many rows of each kind of refusal an organization's log takes in a minute. */
const MOST_REFUSALS = 100;

/** What can be had without end, because no limit of the organization pays for it. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['rate_limit_exceeded', 'insufficient_scope', 'invalid_credentials']);

/**
 * Decides whether a request leaves a row. What was let in does: the organization's limits bound it. Of what was refused only the first
 * {@link MOST_REFUSALS} of each kind in a minute do, so that nobody fills the disk, or the log of another organization's key, with
 * requests that cost him nothing. Memory is bounded by the organizations of one minute.
 */
export function boundRefusals(clock: Clock): (organizationId: string, code: ErrorCode | undefined) => boolean {
  const currentWindow = createWindows(clock);
  return (organizationId, code) => {
    if (code === undefined || !REFUSALS.has(code)) return true;
    const { counts } = currentWindow();
    const kind = `${code} ${organizationId}`;
    const before = counts.get(kind) ?? 0;
    if (before >= MOST_REFUSALS) return false;
    counts.set(kind, before + 1);
    return true;
  };
}
