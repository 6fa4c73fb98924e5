import type { ResourceServer } from '../../introspection/resource-server.ts';
import type { EpochSeconds } from '../../keys/api-key.ts';
import type { NewResourceServer } from '../resource-server-store.ts';
import { readScopes, writeScopes } from '../rows.ts';
import type { Queryable } from './queryable.ts';

export const RESOURCE_SERVER_COLUMNS = 'id, name, prefix, scopes, created_at, revoked_at';

export interface ResourceServerRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

export async function findResourceServer(database: Queryable, digest: Uint8Array): Promise<ResourceServer | null> {
  const { rows } = await database.query<ResourceServerRow>(
    `SELECT ${RESOURCE_SERVER_COLUMNS} FROM resource_servers WHERE secret_digest = :digest`,
    { digest },
  );
  return rows[0] === undefined ? null : toResourceServer(rows[0]);
}

export async function listResourceServers(database: Queryable): Promise<ResourceServer[]> {
  const { rows } = await database.query<ResourceServerRow>(
    `SELECT ${RESOURCE_SERVER_COLUMNS} FROM resource_servers ORDER BY sequence`,
  );
  return rows.map(toResourceServer);
}

export async function insertResourceServer(
  transaction: Queryable,
  server: NewResourceServer,
  secretDigest: Uint8Array,
): Promise<'inserted' | 'id_taken'> {
  const { count } = await transaction.query(
    `INSERT INTO resource_servers (id, name, prefix, scopes, created_at, secret_digest)
     VALUES (:id, :name, :prefix, :scopes, :created_at, :secret_digest)
     ON CONFLICT DO NOTHING`,
    {
      id: server.id,
      name: server.name,
      prefix: server.prefix,
      scopes: writeScopes(server.scopes),
      created_at: server.createdAt,
      secret_digest: secretDigest,
    },
  );
  return count === 1 ? 'inserted' : 'id_taken';
}

export async function getResourceServer(transaction: Queryable, id: string): Promise<ResourceServer | null> {
  const { rows } = await transaction.query<ResourceServerRow>(
    `SELECT ${RESOURCE_SERVER_COLUMNS} FROM resource_servers WHERE id = :id`,
    { id },
  );
  return rows[0] === undefined ? null : toResourceServer(rows[0]);
}

export async function revokeResourceServer(transaction: Queryable, id: string, revokedAt: EpochSeconds): Promise<void> {
  await transaction.query(
    'UPDATE resource_servers SET revoked_at = :revoked_at WHERE id = :id AND revoked_at IS NULL',
    { id, revoked_at: revokedAt },
  );
}

export function toResourceServer(row: ResourceServerRow): ResourceServer {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: readScopes(row.scopes),
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
