import type { Statement } from 'better-sqlite3';
import type { Organization, OrganizationLimits } from '../../keys/api-key.ts';
import type { Connection } from './connection.ts';
import { ORGANIZATION_COLUMNS, type OrganizationRow, toOrganization } from '../rows.ts';
import { isUniqueViolation } from './sqlite-errors.ts';

/** Reads organizations. */
export class OrganizationQueries {
  readonly #find: Statement<[{ id: string }], OrganizationRow>;
  readonly #list: Statement<[], OrganizationRow>;

  constructor(connection: Connection) {
    this.#find = connection.prepare(`SELECT ${ORGANIZATION_COLUMNS} FROM organizations WHERE id = :id`);
    this.#list = connection.prepare(`SELECT ${ORGANIZATION_COLUMNS} FROM organizations ORDER BY sequence`);
  }

  find(id: string): OrganizationRow | undefined {
    return this.#find.get({ id });
  }

  list(): Organization[] {
    return this.#list.all().map(toOrganization);
  }
}

/** Adds organizations and changes them. */
export class OrganizationChanges {
  readonly #insert: Statement<[Omit<OrganizationRow, 'sequence'>]>;
  readonly #setLimits: Statement<[Pick<OrganizationRow, 'id' | 'read_limit' | 'write_limit'>]>;

  constructor(connection: Connection) {
    this.#insert = connection.prepare(`
      INSERT INTO organizations (id, name, created_at, read_limit, write_limit)
      VALUES (:id, :name, :created_at, :read_limit, :write_limit)`);
    this.#setLimits = connection.prepare(
      'UPDATE organizations SET read_limit = :read_limit, write_limit = :write_limit WHERE id = :id',
    );
  }

  insert({ id, name, createdAt, limits }: Organization): 'inserted' | 'id_taken' {
    try {
      this.#insert.run({ id, name, created_at: createdAt, read_limit: limits.reads, write_limit: limits.writes });
      return 'inserted';
    } catch (error) {
      if (isUniqueViolation(error)) return 'id_taken';
      throw error;
    }
  }

  /** Returns whether there is such an organization. */
  setLimits(id: string, { reads, writes }: OrganizationLimits): boolean {
    return this.#setLimits.run({ id, read_limit: reads, write_limit: writes }).changes === 1;
  }
}
