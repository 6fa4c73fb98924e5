import { ask, createKey } from '../ask.ts';
import { auditEvents, codeOf, makeKey, revoke, works } from '../keys.ts';
import { withService } from '../service.ts';
import type { Trial } from '../trial.ts';
import { createOrganization, withTwoInstances } from '../two-instances.ts';

const CLIENTS = 50;

/** How many connections of a caller write while it is revoked. */
const WRITERS = 8;

const MANAGER = ['api-keys:manage', 'trademarks:read'];

export const trial: Trial = {
  row: 7,
  promise: 'Races have one winner',
  async run(full, tell) {
    const names = full ? 200 : 5;
    const rounds = full ? 50 : 5;
    const onPostgres = await withTwoInstances(async (two) =>
      race(two.urls, await createOrganization(two, 'Acme'), { names, rounds }, tell),
    );
    const onSqlite = await withService(async (service) => {
      const { url } = await service.start();
      return race([url, url], service.firstKey, { names, rounds }, tell);
    });
    return {
      did:
        `${CLIENTS} clients × ${names} names, half in NFD; ${rounds} × two managers revoke each other; ` +
        `${rounds} × a caller is revoked under ${WRITERS} of its writes; each on PostgreSQL with two instances and on SQLite`,
      figure: `PostgreSQL: ${figureOf(onPostgres)}; SQLite: ${figureOf(onSqlite)}`,
      passed: [onPostgres, onSqlite].every(
        (raced) =>
          raced.oneWinner === names &&
          raced.oneManager === rounds &&
          raced.writesAfter === 0 &&
          raced.writesBefore >= rounds,
      ),
    };
  },
};

interface Raced {
  /** Names that one client got and all others were told are taken. */
  readonly oneWinner: number;
  readonly names: number;
  /** Rounds after which just one of two managers was left. */
  readonly oneManager: number;
  readonly rounds: number;
  readonly writesBefore: number;
  readonly writesAfter: number;
}

function figureOf({ oneWinner, names, oneManager, rounds, writesBefore, writesAfter }: Raced): string {
  return (
    `one 201 and ${CLIENTS - 1} × 409 for ${oneWinner} of ${names} names, one manager left in ${oneManager} of ${rounds}, ` +
    `${writesAfter} writes by revoked callers (${writesBefore} before)`
  );
}

async function race(
  urls: readonly string[],
  manager: string,
  { names, rounds }: { names: number; rounds: number },
  tell: (progress: string) => void,
): Promise<Raced> {
  let oneWinner = 0;
  for (let n = 0; n < names; n += 1) {
    tell(`name ${n + 1} of ${names}`);
    if (await hasOneWinner(urls, manager, `Café ${n}`)) oneWinner += 1;
  }
  let writesBefore = 0;
  let writesAfter = 0;
  for (let n = 0; n < rounds; n += 1) {
    tell(`revoked caller ${n + 1} of ${rounds}`);
    const writes = await revokeWriting(urls, manager, n);
    writesBefore += writes.before;
    writesAfter += writes.after;
  }
  let left = manager;
  let oneManager = 0;
  for (let n = 0; n < rounds; n += 1) {
    tell(`managers ${n + 1} of ${rounds}`);
    const managers = await revokeEachOther(urls, left, n);
    if (managers.length === 1) oneManager += 1;
    if (managers.length === 0) break;
    left = managers[0]!;
  }
  return { oneWinner, names, oneManager, rounds, writesBefore, writesAfter };
}

async function hasOneWinner(urls: readonly string[], manager: string, name: string): Promise<boolean> {
  const answers = await Promise.all(
    Array.from({ length: CLIENTS }, (_, client) =>
      // Of the clients of each instance every other one.
      createKey(urls[client % 2]!, manager, name.normalize(client % 4 < 2 ? 'NFC' : 'NFD')),
    ),
  );
  const created = answers.filter(({ status }) => status === 201).length;
  const taken = answers.filter((answer) => answer.status === 409 && codeOf(answer) === 'name_taken').length;
  return created === 1 && taken === CLIENTS - 1;
}

/**
 * Revokes a caller that writes all the time at both instances. A write after it is one whose audit event follows that of the revocation,
 * or that was begun after the revocation's answer and succeeded.
 */
async function revokeWriting(urls: readonly string[], manager: string, round: number) {
  const caller = await makeKey(urls[0]!, manager, `Caller ${round}`, MANAGER);
  let revokedAt = Infinity;
  let before = 0;
  let after = 0;
  let wroteEnough!: () => void;
  const underWay = new Promise<void>((resolve) => (wroteEnough = resolve));
  const writing = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let n = 0; ; n += 1) {
      const begun = performance.now();
      const { status } = await createKey(urls[writer % 2]!, caller.key, `Written ${round}.${writer}.${n}`);
      if (status === 201 && begun > revokedAt) after += 1;
      else if (status === 201) before += 1;
      if (before >= WRITERS) wroteEnough();
      if (begun > revokedAt) return;
    }
  });
  await underWay;
  const answer = await revoke(urls[round % 2]!, manager, caller.id);
  revokedAt = performance.now();
  if (answer.status !== 200) throw new Error(`The caller was not revoked: ${answer.status}`);
  await Promise.all(writing);
  const [revocation] = await auditEvents(urls[0]!, manager, { target_id: caller.id, action: 'api_key.revoked' });
  const written = await auditEvents(urls[0]!, manager, { actor_id: caller.id });
  after += written.filter(({ sequence }) => sequence > revocation!.sequence).length;
  return { before, after };
}

/** Lets the only two managers revoke each other at once, and returns the secrets of those that are left. */
async function revokeEachOther(urls: readonly string[], one: string, round: number): Promise<string[]> {
  const other = await makeKey(urls[0]!, one, `Manager ${round}`, MANAGER);
  const self = await idOf(urls[0]!, one, other.id);
  await Promise.all([revoke(urls[0]!, one, other.id), revoke(urls[1]!, other.key, self)]);
  const left: string[] = [];
  for (const key of [one, other.key]) if (await works(urls[0]!, key)) left.push(key);
  return left;
}

/** The id of the key that created another. */
async function idOf(url: string, manager: string, created: string): Promise<string> {
  const { text } = await ask(url, { path: `/v1/organization/api-keys/${created}`, key: manager });
  return (JSON.parse(text) as { created_by: string }).created_by;
}
