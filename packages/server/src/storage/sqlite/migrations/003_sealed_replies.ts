/**
 * The replies to requests with an Idempotency-Key. A row refers to its two keys by their numbers; neither the Idempotency-Key
 * nor anything that could open a ciphertext is in it.
 */
export const sealedReplies = `
  CREATE TABLE sealed_replies (
    sequence      INTEGER PRIMARY KEY,
    look_up       BLOB    NOT NULL UNIQUE CHECK (length(look_up) = 32),
    caller        INTEGER NOT NULL REFERENCES api_keys (sequence),
    caller_number INTEGER NOT NULL, -- counts a caller's replies, so that its oldest are found without counting rows
    fingerprint   BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    api_key       INTEGER NOT NULL REFERENCES api_keys (sequence),
    sealed_until  INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    sealed        BLOB, -- salt, nonce, tag and ciphertext; null in a tombstone
    UNIQUE (caller, caller_number)
  ) STRICT;

  CREATE INDEX sealed_replies_expires_at ON sealed_replies (expires_at);

  -- Few rows still have a ciphertext, so these are small.
  CREATE INDEX sealed_replies_sealed_until ON sealed_replies (sealed_until)          WHERE sealed IS NOT NULL;
  CREATE INDEX sealed_replies_secrets      ON sealed_replies (api_key)               WHERE sealed IS NOT NULL;
  CREATE INDEX sealed_replies_sealed       ON sealed_replies (caller, caller_number) WHERE sealed IS NOT NULL;
`;
