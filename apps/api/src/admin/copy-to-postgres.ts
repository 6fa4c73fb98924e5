import { existsSync } from 'node:fs';
import { copyToPostgres, StoreOpenError } from '@signa/server';
import { dataFolder } from '../data-folder.ts';
import { defineDatabaseCommand, UsageError } from './command.ts';

export const copyCommand = defineDatabaseCommand({
  name: 'copy-to-postgres',
  summary: 'Copies the data folder into an empty PostgreSQL database, and verifies the copy.',
  usage: '',
  explanation: `  From DATA_DIR to DATABASE_URL, which is that of the role that owns the tables, after \`migrate\`. No server may run on the
  data folder, which stays as it is. All is copied or nothing: after an interruption run it again.

`,
  options: {},
  prepare:
    () =>
    async ({ configuration, progress }) => {
      const { databaseUrl, dataDir } = configuration;
      if (databaseUrl === null) throw new UsageError('Set DATABASE_URL to the database to copy to.');
      const { path, database } = dataFolder(dataDir);
      if (!existsSync(database)) {
        throw new StoreOpenError(`There is no database in ${path}: set DATA_DIR to the data folder of the server.`);
      }
      const rows = await copyToPostgres({ file: database, url: databaseUrl, onProgress: progress });
      const longest = Math.max(...Object.keys(rows).map((name) => name.length));
      return {
        json: { object: 'copied', rows },
        text: Object.entries(rows)
          .map(([name, count]) => `${name.padEnd(longest)}  ${count}`)
          .join('\n'),
        notes: 'Every row arrived and every audit chain verifies. Start the server with DATABASE_URL from now on.',
      };
    },
});
