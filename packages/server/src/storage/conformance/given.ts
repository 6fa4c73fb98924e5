import { expect } from 'vitest';
import type { ApiKey, Organization } from '../../keys/api-key.ts';
import type { NewApiKey, Store } from '../store.ts';
import { newKey, newOrganization, someDigest, someEvent } from './samples.ts';

export async function createOrganization(store: Store, name: string): Promise<Organization> {
  const organization = newOrganization(name);
  await store.changeAsOperator(async (transaction) => {
    await transaction.insertOrganization(organization);
    await transaction.appendAudit(someEvent());
  });
  return organization;
}

/** Adds a key by a change of its own. */
export async function createKey(
  store: Store,
  organization: Organization,
  wanted: Partial<NewApiKey> = {},
): Promise<{ key: ApiKey; digest: Uint8Array }> {
  const digest = someDigest();
  expect(await insertKey(store, organization, wanted, digest)).toBe('inserted');
  return { key: (await store.findCredential(digest))!.apiKey, digest };
}

/** The same where it may be refused. */
export function insertKey(
  store: Store,
  organization: Organization,
  wanted: Partial<NewApiKey> = {},
  digest = someDigest(),
): Promise<'inserted' | 'name_taken' | 'id_taken'> {
  return store.change(organization.id, (transaction) => transaction.insertApiKey(newKey(organization, wanted), digest));
}

/** Saves a key by a change of its own. */
export function save(
  store: Store,
  organization: Organization,
  key: ApiKey,
  newSecretDigest?: Uint8Array,
): Promise<'saved' | 'name_taken' | 'changed_meanwhile'> {
  return store.change(organization.id, (transaction) => transaction.saveApiKey(key, newSecretDigest));
}

/** For each digest whether it is a key's current or previous secret, or null when it is nobody's. */
export async function secretsFound(store: Store, digests: Uint8Array[]): Promise<(string | null)[]> {
  const credentials = await Promise.all(digests.map((digest) => store.findCredential(digest)));
  return credentials.map((credential) => credential?.secret ?? null);
}
