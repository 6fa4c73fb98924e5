import type { Migration } from './migration.ts';

/**
 * Organizations, their keys, the audit chains and the resource servers.
 *
 * Text by which rows are ordered or sought is compared byte by byte (`COLLATE "C"`), as in JavaScript and SQLite, whatever the
 * database's language is.
 *
 * No index begins with a key's number alone. With one, the planner may read a list in the order of all keys and skip those of other
 * organizations, which takes as long as there are keys.
 */
export const organizationsAndKeys: Migration = {
  sql: `
    CREATE TABLE organizations (
      sequence     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id           text   COLLATE "C" NOT NULL UNIQUE,
      name         text   NOT NULL,
      created_at   bigint NOT NULL,
      -- In requests a minute; null for those of the process.
      read_limit   bigint CHECK (read_limit > 0),
      write_limit  bigint CHECK (write_limit > 0),
      audit_length bigint NOT NULL DEFAULT 0 CHECK (audit_length >= 0),
      audit_head   bytea  NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(audit_head) = 32)
    );

    CREATE TABLE api_keys (
      organization               bigint NOT NULL REFERENCES organizations (sequence),
      sequence                   bigint GENERATED ALWAYS AS IDENTITY,
      id                         text   COLLATE "C" NOT NULL UNIQUE,
      name                       text   NOT NULL,
      name_nfc                   text   COLLATE "C" NOT NULL,
      name_folded                text   COLLATE "C" NOT NULL, -- as the program folds it, which knows all of Unicode
      prefix                     text   NOT NULL,
      scopes                     text   COLLATE "C" NOT NULL CHECK (scopes <> ''), -- separated by spaces (RFC 6749, section 3.3)
      metadata                   text   NOT NULL, -- a JSON object, as the program wrote it
      created_at                 bigint NOT NULL,
      created_by                 text   COLLATE "C",
      expires_at                 bigint,
      last_used_at               bigint,
      rotated_at                 bigint,
      previous_secret_expires_at bigint,
      revoked_at                 bigint,
      version                    bigint NOT NULL DEFAULT 1,
      secret_digest              bytea  NOT NULL UNIQUE CHECK (length(secret_digest) = 32),
      previous_secret_digest     bytea  CHECK (length(previous_secret_digest) = 32),
      hash_version               bigint NOT NULL DEFAULT 1, -- 1: SHA-256
      is_manager                 boolean NOT NULL
        GENERATED ALWAYS AS (strpos(' ' || scopes || ' ', ' api-keys:manage ') > 0) STORED,

      PRIMARY KEY (organization, sequence),
      CHECK ((previous_secret_digest IS NULL) = (previous_secret_expires_at IS NULL))
    );

    CREATE UNIQUE INDEX api_keys_previous_secret_digest ON api_keys (previous_secret_digest)
      WHERE previous_secret_digest IS NOT NULL;

    -- A name is held until its key is revoked.
    CREATE UNIQUE INDEX api_keys_name ON api_keys (organization, name_nfc) WHERE revoked_at IS NULL;

    -- Pages, newest first.
    CREATE INDEX api_keys_not_revoked ON api_keys (organization, sequence) WHERE revoked_at IS NULL;
    CREATE INDEX api_keys_revoked     ON api_keys (organization, sequence) WHERE revoked_at IS NOT NULL;
    CREATE INDEX api_keys_created_by  ON api_keys (organization, created_by, sequence) WHERE created_by IS NOT NULL;

    CREATE INDEX api_keys_managers ON api_keys (organization) WHERE is_manager AND revoked_at IS NULL;

    CREATE TABLE audit_events (
      chain       text   COLLATE "C" NOT NULL, -- an organization's id, or 'operator'
      sequence    bigint NOT NULL,
      bytes       bytea  NOT NULL, -- exactly as they were hashed
      hash        bytea  NOT NULL CHECK (length(hash) = 32),
      -- What lists are looked up by. The bytes say the same.
      action      text   COLLATE "C" NOT NULL,
      actor_id    text   COLLATE "C",
      target_id   text   COLLATE "C" NOT NULL,
      occurred_at bigint NOT NULL,
      PRIMARY KEY (chain, sequence)
    );
    CREATE INDEX audit_events_action ON audit_events (chain, action, sequence);
    CREATE INDEX audit_events_actor  ON audit_events (chain, actor_id, sequence) WHERE actor_id IS NOT NULL;
    CREATE INDEX audit_events_target ON audit_events (chain, target_id, sequence);

    -- Where in its chain a day is. The clock may be set back, so that days overlap; the positions of a range of days are those from the
    -- smallest to the greatest, and in them the time of each row decides.
    CREATE TABLE audit_days (
      chain          text   COLLATE "C" NOT NULL,
      day            bigint NOT NULL, -- since 1970-01-01, in UTC
      first_sequence bigint NOT NULL,
      last_sequence  bigint NOT NULL,
      PRIMARY KEY (chain, day)
    );

    -- The service's role may not even try. This is against mistakes of whoever may.
    CREATE FUNCTION refuse_to_change_audit_events() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'An audit event cannot be changed or deleted.'; END $$;
    CREATE TRIGGER audit_events_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_audit_events();

    -- The head of the operators' own chain: one row.
    CREATE TABLE operator_audit (
      id           bigint PRIMARY KEY CHECK (id = 1),
      audit_length bigint NOT NULL CHECK (audit_length >= 0),
      audit_head   bytea  NOT NULL CHECK (length(audit_head) = 32)
    );
    INSERT INTO operator_audit VALUES (1, 0, decode(repeat('00', 32), 'hex'));

    -- The services that may introspect keys, each with a credential of its own. There are a handful.
    CREATE TABLE resource_servers (
      sequence      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id            text   COLLATE "C" NOT NULL UNIQUE,
      name          text   NOT NULL,
      prefix        text   NOT NULL,
      scopes        text   NOT NULL CHECK (scopes <> ''),
      created_at    bigint NOT NULL,
      revoked_at    bigint,
      secret_digest bytea  NOT NULL UNIQUE CHECK (length(secret_digest) = 32),
      hash_version  bigint NOT NULL DEFAULT 1 -- 1: SHA-256
    );
  `,
  // To lock a row takes a right to update something in it.
  grants: {
    organizations: 'SELECT, INSERT, UPDATE (read_limit, write_limit, audit_length, audit_head)',
    api_keys: 'SELECT, INSERT, UPDATE',
    audit_events: 'SELECT, INSERT',
    audit_days: 'SELECT, INSERT, UPDATE (last_sequence)',
    operator_audit: 'SELECT, UPDATE (audit_length, audit_head)',
    resource_servers: 'SELECT, INSERT, UPDATE (revoked_at)',
  },
};
