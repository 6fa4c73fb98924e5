import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiServer } from '@signa/scripts/api-process.ts';
import { ask, createKey, secretOf } from '../ask.ts';
import { integrityOf } from '../integrity.ts';
import { type Service, withService } from '../service.ts';
import type { Trial } from '../trial.ts';

const WRITERS = 4;

export const trial: Trial = {
  row: 16,
  promise: 'Backups restore',
  run: (full, tell) =>
    withService(async (source) => {
      const backups = full ? 20 : 2;
      const keysBefore = full ? 100 : 20;
      let lost = 0;
      let checked = 0;
      let damaged = 0;
      let forgotten = 0;
      let notTold = 0;
      for (let nth = 0; nth < backups; nth += 1) {
        tell(`backup ${nth + 1} of ${backups}`);
        const server = await source.start();
        const backup = join(source.folder, `backup-${nth}.db`);
        const before = await backUpUnderWrites(source, server, backup, `Key ${nth}`, keysBefore);
        const revoked = before.slice(0, 3);
        for (const { id } of revoked) {
          await ask(server.url, { method: 'DELETE', path: `/v1/organization/api-keys/${id}`, key: source.firstKey });
        }
        const exported = join(source.folder, `revoked-${nth}.json`);
        writeFileSync(exported, await admin(source, 'keys', 'revoked', '--since', '1970-01-01T00:00:00Z', '--json'));
        server.kill('SIGTERM');
        await server.exited;

        if (integrityOf(backup) !== 'ok') damaged += 1;
        const active = before.filter((key) => !revoked.includes(key));
        const firstKey = source.firstKey;
        // Elsewhere, with the exported file, and without one, which must be told.
        await withService(async (elsewhere) => {
          const told = await admin(elsewhere, 'restore', '--from', backup, '--revocations', exported);
          if (!revoked.every(({ id }) => told.includes(id))) notTold += 1;
          const { refused, admitted } = await countWrong(elsewhere, active, revoked);
          lost += refused;
          forgotten += admitted;
        });
        await withService(async (elsewhere) => {
          if (!(await admin(elsewhere, 'restore', '--from', backup)).includes('WARNING')) notTold += 1;
        });
        // In place, by the audit events of the database that is replaced.
        const told = await admin(source, 'restore', '--from', backup);
        if (!revoked.every(({ id }) => told.includes(id))) notTold += 1;
        const { refused, admitted } = await countWrong(source, [...active, { id: '', secret: firstKey }], revoked);
        lost += refused;
        forgotten += admitted;
        checked += before.length;
      }
      return {
        did: `${backups} backups under writes, each restored in place and elsewhere, ${checked} keys acknowledged before`,
        figure: `${lost} lost, ${forgotten} revocations forgotten, ${notTold} not told, integrity check ${damaged === 0 ? 'ok' : `failed ${damaged} times`}`,
        passed: lost + forgotten + notTold + damaged === 0 && checked >= backups * keysBefore,
      };
    }),
};

interface Key {
  readonly id: string;
  readonly secret: string;
}

/** The keys that were acknowledged before the backup began. The writers go on until it is done. */
async function backUpUnderWrites(service: Service, server: ApiServer, out: string, name: string, enough: number) {
  const acknowledged: Key[] = [];
  const writing = { isDone: false };
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let i = 0; !writing.isDone; i += 1) {
      const answer = await createKey(server.url, service.firstKey, `${name}.${writer}.${i}`);
      if (answer.status !== 201) continue;
      acknowledged.push({ id: (JSON.parse(answer.text) as { id: string }).id, secret: secretOf(answer) });
    }
  });
  while (acknowledged.length < enough) await sleep(1);
  const before = [...acknowledged];
  await admin(service, 'backup', '--out', out);
  writing.isDone = true;
  await Promise.all(writers);
  return before;
}

/** Runs an operator's command, which must end well, and returns all that it says. */
async function admin(service: Service, ...args: string[]): Promise<string> {
  const command = service.spawn({ args: ['admin', ...args] });
  const code = await command.exited;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${command.stderr}`);
  return command.stdout + command.stderr;
}

/** How many keys are refused that should be admitted, and the other way round. */
async function countWrong(service: Service, active: readonly Key[], revoked: readonly Key[]) {
  const server = await service.start();
  let refused = 0;
  let admitted = 0;
  for (const { secret } of active) if ((await statusOf(server, secret)) !== 200) refused += 1;
  for (const { secret } of revoked) if ((await statusOf(server, secret)) !== 401) admitted += 1;
  server.kill('SIGTERM');
  await server.exited;
  return { refused, admitted };
}

async function statusOf({ url }: ApiServer, key: string): Promise<number> {
  return (await ask(url, { path: '/v1/organization', key })).status;
}
