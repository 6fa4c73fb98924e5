import { test, type TestAPI } from 'vitest';
import type { Organization } from '../../keys/api-key.ts';
import type { Store } from '../store.ts';
import { createOrganization } from './given.ts';

/** A store of its own for one test. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store, as the end of a process does, and opens the same data again. */
  reopen(): Promise<Store>;
  /** Closes whatever is open and deletes the data. */
  dispose(): Promise<void>;
}

/** `test` with an empty store in its context, in which there is one organization, Acme. */
export type StoreTest = TestAPI<StoreFixtures>;

interface StoreFixtures {
  underTest: StoreUnderTest;
  store: Store;
  reopen: StoreUnderTest['reopen'];
  acme: Organization;
}

export function createStoreTest(openStore: () => Promise<StoreUnderTest>): StoreTest {
  return test.extend<StoreFixtures>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads from the pattern what a fixture needs.
    underTest: async ({}, use) => {
      const underTest = await openStore();
      await use(underTest);
      await underTest.dispose();
    },
    store: ({ underTest }, use) => use(underTest.store),
    reopen: ({ underTest }, use) => use(() => underTest.reopen()),
    acme: async ({ store }, use) => use(await createOrganization(store, 'Acme')),
  });
}
