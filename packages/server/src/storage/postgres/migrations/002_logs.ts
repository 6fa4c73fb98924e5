import type { Migration } from './migration.ts';

/** What is kept of requests: replies to repeat, logs, sums of usage, and which scopes were needed. */
export const logs: Migration = {
  sql: `
    -- The replies to requests with an Idempotency-Key. Neither that nor anything that could open a ciphertext is here.
    CREATE TABLE sealed_replies (
      look_up       bytea  PRIMARY KEY CHECK (length(look_up) = 32),
      organization  bigint NOT NULL,
      caller        bigint NOT NULL,
      caller_number bigint NOT NULL, -- counts a caller's replies
      fingerprint   bytea  NOT NULL CHECK (length(fingerprint) = 32),
      api_key       bigint NOT NULL,
      sealed_until  bigint NOT NULL,
      expires_at    bigint NOT NULL,
      sealed        bytea, -- salt, nonce, tag and ciphertext; null in a tombstone
      UNIQUE (organization, caller, caller_number),
      FOREIGN KEY (organization, caller)  REFERENCES api_keys (organization, sequence),
      FOREIGN KEY (organization, api_key) REFERENCES api_keys (organization, sequence)
    );
    CREATE INDEX sealed_replies_expires_at   ON sealed_replies (expires_at);
    CREATE INDEX sealed_replies_sealed_until ON sealed_replies (sealed_until)          WHERE sealed IS NOT NULL;
    CREATE INDEX sealed_replies_secrets      ON sealed_replies (organization, api_key) WHERE sealed IS NOT NULL;

    CREATE TABLE request_logs (
      organization   bigint NOT NULL REFERENCES organizations (sequence),
      occurred_at    bigint NOT NULL,
      nth            bigint GENERATED ALWAYS AS IDENTITY, -- in the order of insertion
      request_id     text   NOT NULL,
      method         text   COLLATE "C" NOT NULL,
      path           text   COLLATE "C" NOT NULL,
      path_template  text   COLLATE "C" NOT NULL,
      operation_id   text   NOT NULL,
      status         bigint,
      duration_us    bigint NOT NULL,
      error_type     text,
      api_key_id     text   COLLATE "C" NOT NULL,
      api_key_prefix text   NOT NULL,
      client_address text,
      PRIMARY KEY (organization, occurred_at, nth)
    );
    -- What people look for: what did this key do, and what failed.
    CREATE INDEX request_logs_api_key ON request_logs (organization, api_key_id, occurred_at, nth);
    CREATE INDEX request_logs_errors  ON request_logs (organization, status, occurred_at, nth) WHERE status >= 400;
    -- The oldest of all organizations, to prune.
    CREATE INDEX request_logs_age     ON request_logs (occurred_at);

    -- Sums, each in as many ways as it is read.
    CREATE TABLE usage_counts (
      organization bigint NOT NULL REFERENCES organizations (sequence),
      kind         text   COLLATE "C" NOT NULL CHECK (kind IN ('day', 'operation', 'api_key', 'api_key_month')),
      day          bigint NOT NULL, -- since 1970-01-01; of a month the first
      member       text   COLLATE "C" NOT NULL, -- the group: the day, the operation or the key
      requests     bigint NOT NULL,
      errors       bigint NOT NULL,
      PRIMARY KEY (organization, kind, day, member)
    );

    -- When each scope of a key was last needed. A row for a scope that was, and none for the others.
    CREATE TABLE scope_uses (
      organization   bigint NOT NULL,
      api_key        bigint NOT NULL,
      scope          text   COLLATE "C" NOT NULL,
      last_needed_at bigint NOT NULL,
      PRIMARY KEY (organization, api_key, scope),
      FOREIGN KEY (organization, api_key) REFERENCES api_keys (organization, sequence)
    );

    -- Of keys up to this one, needs are known from this time on only. No row unless they were copied from an older database.
    CREATE TABLE scope_uses_began (
      last_api_key bigint PRIMARY KEY,
      at           bigint NOT NULL
    );
  `,
  grants: {
    sealed_replies: 'SELECT, INSERT, UPDATE (sealed), DELETE',
    // To lock the rows that are to be pruned takes a right to update something in them.
    request_logs: 'SELECT, INSERT, UPDATE (nth), DELETE',
    usage_counts: 'SELECT, INSERT, UPDATE (requests, errors)',
    scope_uses: 'SELECT, INSERT, UPDATE (last_needed_at)',
    scope_uses_began: 'SELECT',
  },
};
