import type { Organization, OrganizationLimits } from '../../keys/api-key.ts';
import { ORGANIZATION_COLUMNS, type OrganizationRow, toOrganization } from '../rows.ts';
import type { Queryable } from './queryable.ts';

/** The organization, locked until the transaction ends: whoever else wants it waits. */
export async function lockOrganization(transaction: Queryable, id: string): Promise<OrganizationRow | undefined> {
  const { rows } = await transaction.query<OrganizationRow>(
    `SELECT ${ORGANIZATION_COLUMNS} FROM organizations WHERE id = :id FOR NO KEY UPDATE`,
    { id },
  );
  return rows[0];
}

export async function listOrganizations(database: Queryable): Promise<Organization[]> {
  const { rows } = await database.query<OrganizationRow>(
    `SELECT ${ORGANIZATION_COLUMNS} FROM organizations ORDER BY sequence`,
  );
  return rows.map(toOrganization);
}

export async function insertOrganization(
  transaction: Queryable,
  { id, name, createdAt, limits }: Organization,
): Promise<'inserted' | 'id_taken'> {
  const { count } = await transaction.query(
    `INSERT INTO organizations (id, name, created_at, read_limit, write_limit)
     VALUES (:id, :name, :created_at, :read_limit, :write_limit)
     ON CONFLICT DO NOTHING`,
    { id, name, created_at: createdAt, read_limit: limits.reads, write_limit: limits.writes },
  );
  return count === 1 ? 'inserted' : 'id_taken';
}

/** Returns whether there is such an organization. */
export async function setLimits(
  transaction: Queryable,
  id: string,
  { reads, writes }: OrganizationLimits,
): Promise<boolean> {
  const { count } = await transaction.query(
    'UPDATE organizations SET read_limit = :read_limit, write_limit = :write_limit WHERE id = :id',
    { id, read_limit: reads, write_limit: writes },
  );
  return count === 1;
}
