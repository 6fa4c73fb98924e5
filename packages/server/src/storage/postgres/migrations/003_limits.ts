import type { Migration } from './migration.ts';

/**
 * What was counted in the minute that runs. Unlogged: to count waits for no disk, and after a crash of the database the table is empty.
 * Room on the pages, so that a count is updated where it stands.
 */
export const limits: Migration = {
  sql: `
    CREATE UNLOGGED TABLE request_counts (
      subject  text   COLLATE "C" NOT NULL, -- an organization, a key or a resource server
      budget   text   COLLATE "C" NOT NULL,
      minute   bigint NOT NULL, -- since 1970-01-01
      admitted bigint NOT NULL,
      PRIMARY KEY (subject, budget)
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
  `,
  grants: { request_counts: 'SELECT, INSERT, UPDATE (minute, admitted)' },
};
