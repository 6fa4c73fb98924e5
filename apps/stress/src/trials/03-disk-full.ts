import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, createKey, secretOf } from '../ask.ts';
import { countHalfWritten, integrityOf } from '../integrity.ts';
import { withService } from '../service.ts';
import type { Outcome, Trial } from '../trial.ts';

const BALLAST_BYTES = 128 * 1024;
const RECOVERED_WITHIN_MS = 1_000;

export const trial: Trial = {
  row: 3,
  promise: 'Disk full is survived',
  async run(full, tell) {
    const rounds = full ? 5 : 1;
    const outcomes: Outcome[] = [];
    for (let round = 0; round < rounds; round += 1) {
      tell(`round ${round + 1} of ${rounds}`);
      outcomes.push(await withSmallDisk(fillUp));
    }
    // Of several rounds the worst is told.
    const told = outcomes.find(({ passed }) => !passed) ?? outcomes.at(-1)!;
    return { ...told, did: `${told.did}, ${rounds} times` };
  },
};

function fillUp(disk: string): Promise<Outcome> {
  return withService(
    async (service) => {
      const server = await service.start();
      const key = service.firstKey;
      const ballast = join(disk, 'ballast');
      writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));

      const statuses = new Map<number, number>();
      const secrets: string[] = [];
      const create = async (name: string) => {
        const answer = await createKey(server.url, key, name);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        if (answer.status === 201) secrets.push(secretOf(answer));
        return answer.status;
      };
      // Until there is room for none, not just not for the log rows that are also written.
      for (let i = 0, refused = 0; refused < 20; i += 1) refused = (await create(`Key ${i}`)) === 201 ? 0 : refused + 1;
      const reads = await Promise.all(
        secrets.slice(-50).map((secret) => ask(server.url, { path: '/v1/organization', key: secret })),
      );
      const failedReads = reads.filter(({ status }) => status !== 200).length;

      rmSync(ballast);
      const start = performance.now();
      for (let i = 0; (await create(`Again ${i}`)) !== 201 && performance.now() - start < 10_000; i += 1)
        await sleep(20);
      const recovery = performance.now() - start;

      server.kill('SIGKILL');
      await server.exited;
      const reopened = await service.start();
      let lost = 0;
      for (const secret of secrets) {
        if ((await ask(reopened.url, { path: '/v1/organization', key: secret })).status !== 200) lost += 1;
      }
      const integrity = integrityOf(service.database);
      const halfWritten = countHalfWritten(service.database);
      const undocumented = [...statuses].filter(([status]) => status !== 201 && status !== 503);
      return {
        did: `creates until a 1 MB tmpfs is full (${statuses.get(201)} × 201), then room for more`,
        figure:
          `writes ${statuses.get(503) ?? 0} × 503, ${undocumented.length} other statuses, ${failedReads} of ${reads.length} reads failed, ` +
          `201 again after ${Math.round(recovery)} ms, ${lost} lost, ${halfWritten} half-written, integrity ${integrity}`,
        passed:
          undocumented.length === 0 &&
          failedReads === 0 &&
          reads.length > 0 &&
          recovery <= RECOVERED_WITHIN_MS &&
          lost + halfWritten === 0 &&
          integrity === 'ok',
      };
    },
    join(disk, 'data'),
  );
}

/** Runs `work` with a disk of 1 MB. */
async function withSmallDisk<T>(work: (disk: string) => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) throw new Error('Only root may mount a tmpfs: run this row as root.');
  const disk = mkdtempSync(join(tmpdir(), 'signa-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      return await work(disk);
    } finally {
      execFileSync('umount', [disk]);
    }
  } finally {
    rmdirSync(disk);
  }
}
