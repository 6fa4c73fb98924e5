/** The services that may introspect keys, each with a credential of its own. There are a handful. */
export const resourceServers = `
  CREATE TABLE resource_servers (
    sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    prefix        TEXT    NOT NULL,
    scopes        TEXT    NOT NULL CHECK (scopes <> ''), -- separated by spaces, as those of keys
    created_at    INTEGER NOT NULL,
    revoked_at    INTEGER,
    secret_digest BLOB    NOT NULL UNIQUE CHECK (length(secret_digest) = 32),
    hash_version  INTEGER NOT NULL DEFAULT 1 -- 1: SHA-256
  ) STRICT;
`;
