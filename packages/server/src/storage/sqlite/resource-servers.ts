import type { Statement } from 'better-sqlite3';
import type { ResourceServer } from '../../introspection/resource-server.ts';
import type { EpochSeconds } from '../../keys/api-key.ts';
import type { NewResourceServer } from '../resource-server-store.ts';
import type { Connection } from './connection.ts';
import { readScopes, writeScopes } from '../rows.ts';
import { isUniqueViolation } from './sqlite-errors.ts';

const COLUMNS = 'id, name, prefix, scopes, created_at, revoked_at';

interface ResourceServerRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

/** Reads resource servers. */
export class ResourceServerQueries {
  readonly #findBySecret: Statement<[{ digest: Uint8Array }], ResourceServerRow>;
  readonly #list: Statement<[], ResourceServerRow>;

  constructor(connection: Connection) {
    this.#findBySecret = connection.prepare(`SELECT ${COLUMNS} FROM resource_servers WHERE secret_digest = :digest`);
    this.#list = connection.prepare(`SELECT ${COLUMNS} FROM resource_servers ORDER BY sequence`);
  }

  find(digest: Uint8Array): ResourceServer | null {
    const row = this.#findBySecret.get({ digest });
    return row === undefined ? null : toResourceServer(row);
  }

  list(): ResourceServer[] {
    return this.#list.all().map(toResourceServer);
  }
}

/** Adds and revokes resource servers. */
export class ResourceServerChanges {
  readonly #insert: Statement;
  readonly #find: Statement<[{ id: string }], ResourceServerRow>;
  readonly #revoke: Statement<[{ id: string; revoked_at: EpochSeconds }]>;

  constructor(connection: Connection) {
    this.#insert = connection.prepare(`
      INSERT INTO resource_servers (id, name, prefix, scopes, created_at, secret_digest)
      VALUES (:id, :name, :prefix, :scopes, :created_at, :secret_digest)`);
    this.#find = connection.prepare(`SELECT ${COLUMNS} FROM resource_servers WHERE id = :id`);
    this.#revoke = connection.prepare(
      'UPDATE resource_servers SET revoked_at = :revoked_at WHERE id = :id AND revoked_at IS NULL',
    );
  }

  insert(server: NewResourceServer, secretDigest: Uint8Array): 'inserted' | 'id_taken' {
    try {
      this.#insert.run({
        id: server.id,
        name: server.name,
        prefix: server.prefix,
        scopes: writeScopes(server.scopes),
        created_at: server.createdAt,
        secret_digest: secretDigest,
      });
      return 'inserted';
    } catch (error) {
      if (isUniqueViolation(error)) return 'id_taken';
      throw error;
    }
  }

  find(id: string): ResourceServer | null {
    const row = this.#find.get({ id });
    return row === undefined ? null : toResourceServer(row);
  }

  revoke(id: string, revokedAt: EpochSeconds): void {
    this.#revoke.run({ id, revoked_at: revokedAt });
  }
}

function toResourceServer(row: ResourceServerRow): ResourceServer {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: readScopes(row.scopes),
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
