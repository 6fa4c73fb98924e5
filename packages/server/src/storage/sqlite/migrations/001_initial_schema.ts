/**
 * Organizations, their keys and the audit chains.
 *
 * Bytes count, because there may be millions of keys. Keys and their indexes refer to an organization by its number,
 * which takes 1 to 3 bytes where its id would take 21. An index that most keys have no entry in is a partial one.
 */
export const initialSchema = `
  PRAGMA application_id = 0x7369676E; -- 'sign': tells file(1), and us, whose database this is

  CREATE TABLE organizations (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    audit_length INTEGER NOT NULL DEFAULT 0 CHECK (audit_length >= 0),
    audit_head   BLOB    NOT NULL DEFAULT (zeroblob(32)) CHECK (length(audit_head) = 32)
  ) STRICT;

  CREATE TABLE api_keys (
    -- AUTOINCREMENT, so that a position in a list is never given to another key.
    sequence                   INTEGER PRIMARY KEY AUTOINCREMENT,
    id                         TEXT    NOT NULL UNIQUE,
    organization               INTEGER NOT NULL REFERENCES organizations (sequence),
    name                       TEXT    NOT NULL,
    name_nfc                   TEXT    NOT NULL,
    prefix                     TEXT    NOT NULL,
    scopes                     TEXT    NOT NULL CHECK (scopes <> ''), -- separated by spaces (RFC 6749, section 3.3)
    created_at                 INTEGER NOT NULL,
    created_by                 TEXT,
    expires_at                 INTEGER,
    last_used_at               INTEGER,
    rotated_at                 INTEGER,
    previous_secret_expires_at INTEGER,
    revoked_at                 INTEGER,
    version                    INTEGER NOT NULL DEFAULT 1,
    secret_digest              BLOB    NOT NULL UNIQUE CHECK (length(secret_digest) = 32),
    previous_secret_digest     BLOB    CHECK (length(previous_secret_digest) = 32),
    hash_version               INTEGER NOT NULL DEFAULT 1, -- 1: SHA-256
    -- A JSON object. It may be large, so that it lies behind all by which keys are sought, which is read without it.
    metadata                   TEXT    NOT NULL,
    is_manager                 INTEGER NOT NULL
      GENERATED ALWAYS AS (instr(' ' || scopes || ' ', ' api-keys:manage ') > 0) VIRTUAL,

    CHECK ((previous_secret_digest IS NULL) = (previous_secret_expires_at IS NULL))
  ) STRICT;

  CREATE UNIQUE INDEX api_keys_previous_secret_digest ON api_keys (previous_secret_digest)
    WHERE previous_secret_digest IS NOT NULL;

  -- A name is held until its key is revoked.
  CREATE UNIQUE INDEX api_keys_name ON api_keys (organization, name_nfc) WHERE revoked_at IS NULL;

  -- Pages, newest first: every index ends in the row's sequence. The first has revoked_at, null throughout, so that a
  -- count need not look at the rows.
  CREATE INDEX api_keys_not_revoked ON api_keys (organization, revoked_at) WHERE revoked_at IS NULL;
  CREATE INDEX api_keys_revoked     ON api_keys (organization)             WHERE revoked_at IS NOT NULL;
  CREATE INDEX api_keys_created_by  ON api_keys (organization, created_by) WHERE created_by IS NOT NULL;

  CREATE INDEX api_keys_managers ON api_keys (organization) WHERE is_manager = 1 AND revoked_at IS NULL;

  -- Not WITHOUT ROWID: rows of half a kilobyte fill pages best in the order in which they come.
  CREATE TABLE audit_events (
    chain    TEXT    NOT NULL, -- an organization's id, or 'operator'
    sequence INTEGER NOT NULL,
    bytes    BLOB    NOT NULL, -- exactly as they were hashed
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (chain, sequence)
  ) STRICT;

  -- Not a defence against whoever can write the file (the chain shows that), but against this program's own mistakes.
  CREATE TRIGGER audit_events_are_never_changed BEFORE UPDATE ON audit_events
    BEGIN SELECT raise(ABORT, 'An audit event cannot be changed.'); END;
  CREATE TRIGGER audit_events_are_never_deleted BEFORE DELETE ON audit_events
    BEGIN SELECT raise(ABORT, 'An audit event cannot be deleted.'); END;

  -- The head of the operators' own chain: one row.
  CREATE TABLE operator_audit (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    audit_length INTEGER NOT NULL CHECK (audit_length >= 0),
    audit_head   BLOB    NOT NULL CHECK (length(audit_head) = 32)
  ) STRICT;
  INSERT INTO operator_audit VALUES (1, 0, zeroblob(32));
`;
