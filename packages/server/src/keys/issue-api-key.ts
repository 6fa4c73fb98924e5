import type { RandomSource } from '../dependencies.ts';
import type { NewApiKey, OrganizationTransaction } from '../storage/store.ts';
import { generateId } from './ids.ts';
import { digestOf, generateSecret, prefixOf } from './secret.ts';

/** What is decided about a key before it has an id and a secret. */
export type WantedApiKey = Pick<NewApiKey, 'name' | 'scopes' | 'expiresAt' | 'createdAt' | 'createdBy'>;

export interface IssuedApiKey {
  readonly apiKey: NewApiKey;
  /** To be handed over once, and kept nowhere. */
  readonly secret: string;
}

/** Adds a key with a new id and secret. A collision of either is tried again: nobody outside need know of it. */
export async function issueApiKey(
  transaction: OrganizationTransaction,
  random: RandomSource,
  wanted: WantedApiKey,
): Promise<IssuedApiKey | 'name_taken'> {
  for (;;) {
    const secret = generateSecret(random);
    const apiKey: NewApiKey = {
      ...wanted,
      id: generateId('key', random),
      organizationId: transaction.organization.id,
      prefix: prefixOf(secret),
      metadata: {},
    };
    const outcome = await transaction.insertApiKey(apiKey, digestOf(secret));
    if (outcome === 'inserted') return { apiKey, secret };
    if (outcome === 'name_taken') return outcome;
  }
}
