import { HIGHEST_LIMIT } from '@signa/server';

/** What a limit may be, in requests a minute. */
export const LIMIT_VALUES = `a whole number from 1 to ${HIGHEST_LIMIT}`;

/** Returns undefined when the text is none of {@link LIMIT_VALUES}. */
export function parseLimit(text: string): number | undefined {
  const limit = Number(text);
  return /^\d{1,10}$/.test(text) && limit >= 1 && limit <= HIGHEST_LIMIT ? limit : undefined;
}
