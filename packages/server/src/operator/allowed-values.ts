import { description } from '../contract/description.ts';
import type { Scope } from '../keys/api-key.ts';

const { Scope: scopeSchema, ApiKeyName: nameSchema } = description.components.schemas;

/** Every scope of the contract's registry. */
export const SCOPES = scopeSchema!['enum'] as readonly Scope[];

const namePattern = new RegExp(nameSchema!['pattern'] as string, 'u');
const nameLength = nameSchema!['maxLength'] as number;

/** Whether a text may name a key or an organization: what the contract asks of a key's name, for those who do not come through it. */
export function isApiKeyName(text: string): boolean {
  return namePattern.test(text) && [...text].length <= nameLength && text.isWellFormed();
}
