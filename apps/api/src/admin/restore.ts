import { resolve } from 'node:path';
import { readRevocationsFile, type Restored, restoreSqlite, type Revocable } from '@signa/server';
import { dataFolder } from '../data-folder.ts';
import { defineDatabaseCommand, UsageError } from './command.ts';
import { refusePostgres } from './refuse-postgres.ts';

export const restore = defineDatabaseCommand({
  name: 'restore',
  summary: 'Puts a backup in the place of the database, and revokes again what was revoked since.',
  usage: '--from FILE [--revocations FILE] [--revoke-rotated]',
  explanation: `The server must be stopped. The database that is replaced is kept beside the new one. Its audit events tell what was revoked.
Changes that were made since the backup are gone: keys created, scopes narrowed, secrets rotated.

  --from FILE          what \`backup\` has written; it is left as it is
  --revocations FILE   what \`keys revoked --json\` has written, for when the database is lost
  --revoke-rotated     revokes the keys that were rotated since, whose old secrets would work again
`,
  options: { from: { type: 'string' }, revocations: { type: 'string' }, 'revoke-rotated': { type: 'boolean' } },
  prepare({ from, revocations, 'revoke-rotated': revokeRotated = false }) {
    if (from === undefined || from === '') throw new UsageError('Say which backup with --from FILE.');
    if (revocations === '') throw new UsageError('Say which file the revocations are in with --revocations FILE.');
    const source = resolve(from);
    return async ({ configuration, clock, random, progress }) => {
      refusePostgres(configuration, 'a backup of PostgreSQL is restored with pg_restore');
      const folder = dataFolder(configuration.dataDir);
      const exported = revocations === undefined ? null : await readRevocationsFile(resolve(revocations));
      const restored = await restoreSqlite({
        file: folder.database,
        from: source,
        revocations: exported,
        revokeRotated,
        clock,
        random,
        onProgress: progress,
      });
      const { replaced, revoked, rotated, updated, audit } = restored;
      return {
        json: {
          object: 'restored',
          from: source,
          replaced,
          audit_of_replaced: audit,
          revoked,
          rotated_since: rotated,
          updated_since: updated,
        },
        text: revoked.map(({ object, id }) => `${id}  ${object}  revoked`).join('\n'),
        notes: [`Restored ${folder.database} from ${source}.`, ...sentences(restored, exported)].join('\n'),
      };
    };
  },
});

function sentences({ replaced, revoked, rotated, updated, audit }: Restored, exported: readonly Revocable[] | null) {
  const told = [replaced === null ? 'There was no database before.' : `The database before it is ${replaced}.`];
  const sources = [audit !== 'none' && 'its audit events', exported !== null && 'the file of revocations'].filter(
    Boolean,
  );
  if (sources.length > 0) {
    told.push(`By ${sources.join(' and ')}, ${revoked.length} that were revoked since the backup are revoked again.`);
  } else {
    told.push(
      'WARNING: nothing tells what was revoked since the backup: there are no audit events of a database that was replaced, and no ' +
        '--revocations. Every key and resource server that was revoked since works again: revoke them with `keys revoke` and `resource-servers revoke`.',
    );
  }
  if (audit === 'damaged') {
    told.push(
      'WARNING: the audit events of the replaced database are damaged, and could be read in part only. What was revoked since may work again.',
    );
  }
  if (rotated.length > 0) {
    told.push(
      `WARNING: the secrets that these keys had before they were rotated work again, and their newer ones do not: ${rotated.join(', ')}. ` +
        'Rotate or revoke them.',
    );
  }
  if (updated.length > 0) {
    told.push(`These keys have their earlier name, scopes, expiry and metadata again: ${updated.join(', ')}.`);
  }
  return told;
}
