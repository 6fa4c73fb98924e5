/**
 * Request logs, which are pruned, and usage, which is kept.
 *
 * An organization's log lies in one piece, in the order in which it is read, and a page is a seek and the rows after it. `nth` makes
 * a row's place unique and counts anew each second, so that it takes a byte where a number of all rows would take six.
 */
export const requestLogs = `
  CREATE TABLE request_logs (
    organization   INTEGER NOT NULL REFERENCES organizations (sequence),
    occurred_at    INTEGER NOT NULL,
    nth            INTEGER NOT NULL, -- of the organization's rows of that second, in the order of insertion
    request_id     TEXT    NOT NULL,
    method         TEXT    NOT NULL,
    path           TEXT    NOT NULL,
    path_template  TEXT    NOT NULL,
    operation_id   TEXT    NOT NULL,
    status         INTEGER,
    duration_us    INTEGER NOT NULL,
    error_type     TEXT,
    api_key_id     TEXT    NOT NULL,
    api_key_prefix TEXT    NOT NULL,
    client_address TEXT,
    PRIMARY KEY (organization, occurred_at, nth)
  ) WITHOUT ROWID, STRICT;

  -- What people look for: what did this key do, and what failed. Both end in the row's place, so that pages cost the same.
  CREATE INDEX request_logs_api_key ON request_logs (organization, api_key_id, occurred_at, nth);
  CREATE INDEX request_logs_errors  ON request_logs (organization, status, occurred_at, nth) WHERE status >= 400;
  -- The oldest of all organizations, to prune.
  CREATE INDEX request_logs_age     ON request_logs (occurred_at);

  -- Sums, each in as many ways as it is read: by day, by day and operation, by day and key, by month and key.
  CREATE TABLE usage_counts (
    organization INTEGER NOT NULL REFERENCES organizations (sequence),
    kind         TEXT    NOT NULL CHECK (kind IN ('day', 'operation', 'api_key', 'api_key_month')),
    day          INTEGER NOT NULL, -- since 1970-01-01; of a month the first
    member       TEXT    NOT NULL, -- the group: the day, the operation or the key
    requests     INTEGER NOT NULL,
    errors       INTEGER NOT NULL,
    PRIMARY KEY (organization, kind, day, member)
  ) WITHOUT ROWID, STRICT;
`;
