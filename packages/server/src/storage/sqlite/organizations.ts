import type { Statement } from 'better-sqlite3';
import type { Organization } from '../../keys/api-key.ts';
import type { Connection } from './connection.ts';
import { type OrganizationRow, toOrganization } from './rows.ts';
import { isUniqueViolation } from './sqlite-errors.ts';

/** Reads organizations. */
export class OrganizationQueries {
  readonly #find: Statement<[{ id: string }], OrganizationRow>;
  readonly #list: Statement<[], OrganizationRow>;

  constructor(connection: Connection) {
    this.#find = connection.prepare('SELECT sequence, id, name, created_at FROM organizations WHERE id = :id');
    this.#list = connection.prepare('SELECT sequence, id, name, created_at FROM organizations ORDER BY sequence');
  }

  find(id: string): OrganizationRow | undefined {
    return this.#find.get({ id });
  }

  list(): Organization[] {
    return this.#list.all().map(toOrganization);
  }
}

/** Adds organizations. */
export class OrganizationChanges {
  readonly #insert: Statement<[{ id: string; name: string; created_at: number }]>;

  constructor(connection: Connection) {
    this.#insert = connection.prepare(
      'INSERT INTO organizations (id, name, created_at) VALUES (:id, :name, :created_at)',
    );
  }

  insert(organization: Organization): 'inserted' | 'id_taken' {
    try {
      this.#insert.run({ id: organization.id, name: organization.name, created_at: organization.createdAt });
      return 'inserted';
    } catch (error) {
      if (isUniqueViolation(error)) return 'id_taken';
      throw error;
    }
  }
}
