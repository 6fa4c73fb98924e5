/**
 * What lists of audit events are looked up by. All of it is derived from the bytes that were hashed, by the database itself: nothing
 * can disagree with them, and they stay as they are.
 */
export const auditLists = `
  -- As text: SQLite takes a BLOB for JSON in a binary form of its own.
  ALTER TABLE audit_events ADD COLUMN action TEXT
    GENERATED ALWAYS AS (CAST(bytes AS TEXT) ->> '$.action') VIRTUAL;
  ALTER TABLE audit_events ADD COLUMN actor_id TEXT
    GENERATED ALWAYS AS (CAST(bytes AS TEXT) ->> '$.actor.id') VIRTUAL;
  ALTER TABLE audit_events ADD COLUMN target_id TEXT
    GENERATED ALWAYS AS (CAST(bytes AS TEXT) ->> '$.target.id') VIRTUAL;
  ALTER TABLE audit_events ADD COLUMN occurred_at INTEGER
    GENERATED ALWAYS AS (unixepoch(CAST(bytes AS TEXT) ->> '$.occurred_at')) VIRTUAL;

  CREATE INDEX audit_events_action ON audit_events (chain, action, sequence);
  CREATE INDEX audit_events_actor  ON audit_events (chain, actor_id, sequence) WHERE actor_id IS NOT NULL;
  CREATE INDEX audit_events_target ON audit_events (chain, target_id, sequence);

  -- Where in its chain a day is. The clock may be set back, so that days overlap; the positions of a range of days are those from the
  -- smallest to the greatest, and in them the time of each row decides.
  CREATE TABLE audit_days (
    chain          TEXT    NOT NULL,
    day            INTEGER NOT NULL, -- since 1970-01-01, in UTC
    first_sequence INTEGER NOT NULL,
    last_sequence  INTEGER NOT NULL,
    PRIMARY KEY (chain, day)
  ) STRICT, WITHOUT ROWID;

  INSERT INTO audit_days
    SELECT chain, occurred_at / 86400, min(sequence), max(sequence) FROM audit_events GROUP BY 1, 2;

  CREATE TRIGGER audit_events_are_filed_by_day AFTER INSERT ON audit_events
    BEGIN
      INSERT INTO audit_days VALUES (NEW.chain, NEW.occurred_at / 86400, NEW.sequence, NEW.sequence)
        ON CONFLICT DO UPDATE SET last_sequence = NEW.sequence;
    END;
`;
