import { afterEach } from 'vitest';
import type { Organization } from '../../../keys/api-key.ts';
import { createOrganization } from '../../conformance/given.ts';
import type { Store } from '../../store.ts';
import { migratePostgres } from '../migrate.ts';
import { openPostgresStore } from '../postgres-store.ts';
import type { TestPostgres } from './use-postgres.ts';

export interface TwoInstances {
  readonly one: Store;
  readonly two: Store;
  readonly acme: Organization;
  /** The superuser's URL of the database. */
  readonly url: string;
}

/** Opens what two processes have open that share a database, in which there is one organization. The service's role is theirs. */
export function useTwoInstances(postgres: TestPostgres): () => Promise<TwoInstances> {
  const opened: Store[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())));
  return async () => {
    const url = await postgres.createDatabase();
    const service = await postgres.createRole(url);
    await migratePostgres({ url, serviceRole: service.role });
    const one = await openPostgresStore({ url: service.url });
    const two = await openPostgresStore({ url: service.url });
    opened.push(one, two);
    return { one, two, acme: await createOrganization(one, 'Acme'), url };
  };
}
