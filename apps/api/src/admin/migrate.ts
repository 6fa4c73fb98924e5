import { migratePostgres, migrateSqlite } from '@signa/server';
import { dataFolder } from '../data-folder.ts';
import { defineDatabaseCommand, UsageError } from './command.ts';

export const migrate = defineDatabaseCommand({
  name: 'migrate',
  summary: 'Brings the database to the schema that this version works with. Forward only; doing it again does nothing.',
  usage: '[--service-role NAME]',
  explanation: `  On PostgreSQL the server never does this itself: run it before each new version, with the DATABASE_URL of the
  role that owns the database. A data folder is also migrated by the start of the server.

  --service-role NAME   the role that the server connects as: it gets the rights that it needs, and loses all others
`,
  options: { 'service-role': { type: 'string' } },
  prepare: ({ 'service-role': serviceRole }) => {
    if (serviceRole === '') throw new UsageError('Name the role with --service-role NAME.');
    return async ({ configuration: { databaseUrl, dataDir }, progress }) => {
      if (databaseUrl === null && serviceRole !== undefined) {
        throw new UsageError('--service-role is of PostgreSQL, and DATABASE_URL is not set.');
      }
      progress('Migrating the database.');
      const { from, to } =
        databaseUrl === null
          ? await migrateSqlite({ file: dataFolder(dataDir).database })
          : await migratePostgres({ url: databaseUrl, ...(serviceRole !== undefined && { serviceRole }) });
      return {
        json: { object: 'migrated', from, to },
        text:
          from === to ? `The schema is at version ${to} already.` : `The schema went from version ${from} to ${to}.`,
        ...(serviceRole !== undefined && { notes: `The role ${serviceRole} has the rights of the server.` }),
      };
    };
  },
});
