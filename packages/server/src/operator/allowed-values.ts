import { description } from '../contract/description.ts';
import type { EpochSeconds, Scope } from '../keys/api-key.ts';
import { parseTimestamp } from '../keys/timestamp.ts';

const { Scope: scopeSchema, ApiKeyName: nameSchema, RequestedExpiry: timeSchema } = description.components.schemas;

/** Every scope of the contract's registry. */
export const SCOPES = scopeSchema!['enum'] as readonly Scope[];

const namePattern = new RegExp(nameSchema!['pattern'] as string, 'u');
const nameLength = nameSchema!['maxLength'] as number;

/** Whether a text may name a key or an organization: what the contract asks of a key's name, for those who do not come through it. */
export function isApiKeyName(text: string): boolean {
  return namePattern.test(text) && [...text].length <= nameLength && text.isWellFormed();
}

const timePattern = new RegExp(timeSchema!['pattern'] as string, 'u');

/** A time in RFC 3339, with any offset, as the contract takes it; null for any other text. A fraction of a second is cut off. */
export function readTimestamp(text: string): EpochSeconds | null {
  return timePattern.test(text) ? parseTimestamp(text) : null;
}
