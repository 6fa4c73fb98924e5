/** When each scope of a key was last needed. A row for a scope that was, and none for the others: most keys use few of theirs. */
export const scopeUses = `
  CREATE TABLE scope_uses (
    api_key        INTEGER NOT NULL REFERENCES api_keys (sequence),
    scope          TEXT    NOT NULL,
    last_needed_at INTEGER NOT NULL,
    PRIMARY KEY (api_key, scope)
  ) STRICT, WITHOUT ROWID;

  -- Of keys up to this one, needs are known from this time on only. No row where there were none.
  CREATE TABLE scope_uses_began (
    last_api_key INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL
  ) STRICT;
  INSERT INTO scope_uses_began SELECT max(sequence), unixepoch() FROM api_keys HAVING count(*) > 0;
`;
