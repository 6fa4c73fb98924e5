import type { Statement } from 'better-sqlite3';
import type { ApiKey, EpochSeconds } from '../../keys/api-key.ts';
import type { ScopeUses } from '../scope-use-store.ts';
import type { Connection } from './connection.ts';

/** Tells which scopes of keys were needed. */
export class ScopeUseQueries {
  readonly #ofKey: Statement<[{ api_key: number }], { scope: string; last_needed_at: EpochSeconds }>;
  readonly #beganLater: Statement<[{ api_key: number }], { at: EpochSeconds }>;

  constructor(connection: Connection) {
    this.#ofKey = connection.prepare('SELECT scope, last_needed_at FROM scope_uses WHERE api_key = :api_key');
    this.#beganLater = connection.prepare('SELECT at FROM scope_uses_began WHERE last_api_key >= :api_key');
  }

  read({ sequence, createdAt }: ApiKey): ScopeUses {
    const rows = this.#ofKey.all({ api_key: sequence });
    return {
      recordedSince: this.#beganLater.get({ api_key: sequence })?.at ?? createdAt,
      lastNeededAt: new Map(rows.map(({ scope, last_needed_at: at }) => [scope, at])),
    };
  }
}

/** Notes which scopes of keys were needed. */
export class ScopeUseChanges {
  readonly #record: Statement<[{ id: string; scope: string; needed_at: EpochSeconds }]>;

  constructor(connection: Connection) {
    this.#record = connection.prepare(`
      INSERT INTO scope_uses (api_key, scope, last_needed_at)
      SELECT sequence, :scope, :needed_at FROM api_keys WHERE id = :id
      ON CONFLICT DO UPDATE SET last_needed_at = excluded.last_needed_at
        WHERE excluded.last_needed_at > scope_uses.last_needed_at`);
  }

  record(id: string, scope: string, neededAt: EpochSeconds): void {
    this.#record.run({ id, scope, needed_at: neededAt });
  }
}
