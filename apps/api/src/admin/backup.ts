import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { backUpSqlite, formatTimestamp, StoreOpenError } from '@signa/server';
import { dataFolder } from '../data-folder.ts';
import { defineDatabaseCommand, UsageError } from './command.ts';
import { refusePostgres } from './refuse-postgres.ts';

export const backup = defineDatabaseCommand({
  name: 'backup',
  summary: 'Copies the database into one file, checked and complete, while the server runs.',
  usage: '--out FILE',
  explanation: `Has all that was answered before the command was given. \`restore\` puts it back. For PostgreSQL use pg_dump.

  --out FILE   a new file, which only you can read; one that exists is not overwritten
`,
  options: { out: { type: 'string' } },
  prepare({ out }) {
    if (out === undefined) throw new UsageError('Say where the backup goes with --out FILE.');
    const target = resolve(out);
    return async ({ configuration, clock, progress }) => {
      refusePostgres(configuration, 'a backup of PostgreSQL is made with pg_dump');
      const folder = dataFolder(configuration.dataDir);
      if (!existsSync(folder.database)) {
        throw new StoreOpenError(
          `There is no database in ${folder.path} yet: set DATA_DIR to the data folder of the server.`,
        );
      }
      const { takenAt, bytes } = await backUpSqlite({
        file: folder.database,
        out: target,
        clock,
        onProgress: progress,
      });
      return {
        json: { object: 'backup', out: target, taken_at: formatTimestamp(takenAt), bytes },
        text: '',
        notes:
          `Backed up ${folder.database} to ${target}: ${bytes} bytes, every page checked, as of ${formatTimestamp(takenAt)}. ` +
          'Only you can read it.',
      };
    };
  },
});
