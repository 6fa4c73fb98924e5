import { createHash, randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { type AuditAnchor, readAnchors, writeAnchors } from '../audit/anchors.ts';
import { NOW, someEvent } from '../storage/conformance/samples.ts';
import { openSqliteStore } from '../storage/sqlite/sqlite-store.ts';
import { temporaryFile } from '../storage/sqlite/testing/temporary-folder.ts';
import type { Store } from '../storage/store.ts';
import { createOrganization } from './create-organization.ts';
import { exportAnchors } from './export-anchors.ts';
import { type AuditProgress, verifyAudit } from './verify-audit.ts';

const clock = () => NOW;

/** A database of two organizations, Acme with six events and Other with three, closed; and the anchors of that state. */
interface Given {
  readonly file: string;
  readonly acme: string;
  readonly other: string;
  readonly anchors: readonly AuditAnchor[];
}

/** Whoever can write the file, with the triggers out of the way. */
interface Attacker extends Pick<Given, 'acme' | 'other'> {
  run(sql: string, ...values: unknown[]): void;
  /** Puts something else in the place of an event, hashed as it should be. */
  rehash(chain: string, sequence: number, edit: (event: StoredEvent) => unknown): void;
  /** Puts other events in the place of a chain's, each linked and hashed as it should be. The head stays as it was. */
  rewrite(chain: string, edit: (events: StoredEvent[]) => StoredEvent[]): void;
  /** Makes a head go with the rows that there are. */
  adjustHead(chain: string): void;
}

type StoredEvent = Record<string, unknown> & { after: { name?: string } };

interface Attack {
  readonly what: string;
  readonly run: (attacker: Attacker) => void;
  /** What is found, as `chain positions fault`. */
  readonly found: readonly string[];
  /** What is found besides when there are anchors. */
  readonly byAnchors?: readonly string[];
}

const ATTACKS: readonly Attack[] = [
  {
    what: 'an event changed',
    run: ({ run, acme }) =>
      run(
        `UPDATE audit_events SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Key 3', 'Key 9') AS BLOB)
         WHERE chain = ? AND sequence = 3`,
        acme,
      ),
    found: ['acme 3 changed'],
  },
  {
    what: 'a hash changed',
    run: ({ run, acme }) => run('UPDATE audit_events SET hash = zeroblob(32) WHERE chain = ? AND sequence = 3', acme),
    found: ['acme 3 changed', 'acme 4 unlinked'],
    byAnchors: [],
  },
  {
    what: 'an event changed and hashed again',
    run: ({ rehash, acme }) => rehash(acme, 3, (event) => ({ ...event, after: { name: 'Forged' } })),
    found: ['acme 4 unlinked'],
  },
  {
    what: 'the last event changed and hashed again',
    run: ({ rewrite, acme }) => rewrite(acme, (events) => events.map(renamed(6))),
    found: ['acme 6 head_differs'],
    byAnchors: ['acme 6 anchor_differs'],
  },
  {
    what: 'an event that is no event any more, but hashed',
    run: ({ rehash, acme }) => rehash(acme, 3, () => []),
    found: ['acme 3 misplaced', 'acme 4 unlinked'],
  },
  {
    what: 'an event taken out',
    run: ({ run, acme }) => run('DELETE FROM audit_events WHERE chain = ? AND sequence = 3', acme),
    found: ['acme 3 missing'],
  },
  {
    what: 'the first event taken out',
    run: ({ run, acme }) => run('DELETE FROM audit_events WHERE chain = ? AND sequence = 1', acme),
    found: ['acme 1 missing'],
  },
  {
    what: 'events taken out here and there',
    run: ({ run, acme }) => run('DELETE FROM audit_events WHERE chain = ? AND sequence IN (2, 3, 5)', acme),
    found: ['acme 2-3 missing', 'acme 5 missing'],
  },
  {
    what: 'an event taken out and the gap closed',
    run: ({ run, acme }) => {
      run('DELETE FROM audit_events WHERE chain = ? AND sequence = 3', acme);
      run('UPDATE audit_events SET sequence = sequence - 1 WHERE chain = ? AND sequence > 3', acme);
    },
    found: ['acme 3-5 misplaced', 'acme 6 cut_off'],
  },
  {
    what: 'an event taken out and all after it written anew',
    run: ({ rewrite, acme }) => rewrite(acme, (events) => events.filter((_, index) => index !== 2)),
    found: ['acme 6 cut_off'],
  },
  {
    what: 'the end cut off',
    run: ({ run, acme }) => run('DELETE FROM audit_events WHERE chain = ? AND sequence > 4', acme),
    found: ['acme 5-6 cut_off'],
  },
  {
    what: 'every event taken out',
    run: ({ run, acme }) => run('DELETE FROM audit_events WHERE chain = ?', acme),
    found: ['acme 1-6 cut_off'],
  },
  {
    what: 'two events in each other’s place',
    run: ({ run, acme }) => {
      run('UPDATE audit_events SET sequence = -3 WHERE chain = ? AND sequence = 3', acme);
      run('UPDATE audit_events SET sequence = 3 WHERE chain = ? AND sequence = 4', acme);
      run('UPDATE audit_events SET sequence = 4 WHERE chain = ? AND sequence = -3', acme);
    },
    found: ['acme 3-4 misplaced', 'acme 5 unlinked'],
  },
  {
    what: 'an event inserted, and those after it moved',
    run: ({ run, acme }) => {
      run('UPDATE audit_events SET sequence = -sequence - 1 WHERE chain = ? AND sequence > 3', acme);
      run('UPDATE audit_events SET sequence = -sequence WHERE chain = ? AND sequence < 0', acme);
      run(
        `INSERT INTO audit_events (chain, sequence, bytes, hash)
         SELECT chain, 4, bytes, hash FROM audit_events WHERE chain = ? AND sequence = 3`,
        acme,
      );
    },
    found: ['acme 4-7 misplaced', 'acme 7 beyond_head'],
    byAnchors: ['acme 6 anchor_differs'],
  },
  {
    what: 'an event added past the end, linked and hashed',
    run: ({ rewrite, acme }) => rewrite(acme, (events) => [...events, { ...events[0]! }]),
    found: ['acme 7 beyond_head'],
  },
  {
    what: 'an event put before the first',
    run: ({ run, acme }) =>
      run(
        `INSERT INTO audit_events (chain, sequence, bytes, hash)
         SELECT chain, 0, bytes, hash FROM audit_events WHERE chain = ? AND sequence = 3`,
        acme,
      ),
    // The trigger that files it takes it for the last of its day.
    found: ['acme 0 misplaced', 'acme 1-6 not_listed'],
  },
  {
    what: "another chain's event in the place of one",
    run: ({ run, acme, other }) =>
      run(
        `UPDATE audit_events SET (bytes, hash) =
           (SELECT bytes, hash FROM audit_events WHERE chain = ? AND sequence = 2)
         WHERE chain = ? AND sequence = 2`,
        other,
        acme,
      ),
    found: ['acme 2 misplaced', 'acme 3 unlinked'],
  },
  {
    what: 'the days of all events forgotten, so that lists of a time are empty',
    run: ({ run }) => run('DELETE FROM audit_days'),
    found: ['operator 1-2 not_listed', 'acme 1-6 not_listed', 'other 1-3 not_listed'],
  },
  {
    what: 'a day that is said to end early',
    run: ({ run, acme }) => run('UPDATE audit_days SET last_sequence = 4 WHERE chain = ?', acme),
    found: ['acme 5-6 not_listed'],
  },
  {
    what: 'a head that names another event',
    run: ({ run, acme }) => run('UPDATE organizations SET audit_head = zeroblob(32) WHERE id = ?', acme),
    found: ['acme 6 head_differs'],
  },
  {
    what: 'an organization gone from among its events',
    run: ({ run, acme }) => run('DELETE FROM organizations WHERE id = ?', acme),
    found: ['acme 1-6 no_head'],
  },
  {
    what: 'an organization gone with all its events',
    run: ({ run, acme }) => {
      run('DELETE FROM organizations WHERE id = ?', acme);
      run('DELETE FROM audit_events WHERE chain = ?', acme);
    },
    found: ['acme whole vanished'],
  },
  {
    what: "an operators' event changed",
    run: ({ run }) =>
      run(
        `UPDATE audit_events SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Other', 'Mine!') AS BLOB)
         WHERE chain = 'operator' AND sequence = 2`,
      ),
    found: ['operator 2 changed'],
  },
  {
    what: 'the end cut off, and the head moved back',
    run: ({ run, adjustHead, acme }) => {
      run('DELETE FROM audit_events WHERE chain = ? AND sequence > 4', acme);
      adjustHead(acme);
    },
    found: [],
    byAnchors: ['acme 5-6 before_anchor'],
  },
  {
    what: 'an event changed, and all after it and the head computed anew',
    run: ({ rewrite, adjustHead, acme }) => {
      rewrite(acme, (events) => events.map(renamed(3)));
      adjustHead(acme);
    },
    found: [],
    byAnchors: ['acme 6 anchor_differs'],
  },
  {
    what: 'an organization gone with all its events, and with the record of its creation',
    run: ({ run, rewrite, adjustHead, acme }) => {
      run('DELETE FROM organizations WHERE id = ?', acme);
      run('DELETE FROM audit_events WHERE chain = ?', acme);
      rewrite('operator', (events) => events.filter(({ after }) => after.name !== 'Acme'));
      adjustHead('operator');
    },
    found: [],
    byAnchors: ['operator 2 before_anchor', 'acme whole vanished'],
  },
];

test('two chains and the operators’ are whole, and they stay so', async () => {
  const given = await prepare();
  const store = await openSqliteStore({ file: given.file });
  expect(await verifyAudit(store, [])).toEqual({ chains: 3, events: 11, problems: [] });
  expect(await verifyAudit(store, given.anchors)).toEqual({ chains: 3, events: 11, problems: [] });

  await append(store, given.acme, 1200);
  const later = await exportAnchors({ store, clock });
  const seen: AuditProgress[] = [];
  const verification = await verifyAudit(store, [...given.anchors, ...later], (progress) => seen.push(progress));
  expect(verification).toEqual({ chains: 3, events: 1211, problems: [] });
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.at(-1)).toMatchObject({ events: 1211 });
  await store.close();
});

describe('found is', () => {
  test.each(ATTACKS)('$what', async ({ run, found, byAnchors = [] }) => {
    const given = await prepare();
    attack(given, run);
    expect((await findIn(given, [])).toSorted()).toEqual(found.toSorted());
    expect((await findIn(given, given.anchors)).toSorted()).toEqual([...found, ...byAnchors].toSorted());
  });

  test('an end that was cut off before an anchor, however much was added since', async () => {
    const given = await prepare();
    attack(given, ({ run, adjustHead, acme }) => {
      run('DELETE FROM audit_events WHERE chain = ? AND sequence > 4', acme);
      adjustHead(acme);
    });
    const store = await openSqliteStore({ file: given.file });
    await append(store, given.acme, 9);
    await store.close();
    expect(await findIn(given, [])).toEqual([]);
    expect(await findIn(given, given.anchors)).toEqual(['acme 6 anchor_differs']);
  });
});

test('events that are added while a chain is walked are no fault', async () => {
  const { file, acme } = await prepare();
  const [store, server] = [await openSqliteStore({ file }), await openSqliteStore({ file })];
  await append(store, acme, 2000);
  let adding: Promise<void>[] = [];
  const { problems } = await verifyAudit(store, [], () => void adding.push(append(server, acme, 20)));
  expect(problems).toEqual([]);
  expect(adding.length).toBeGreaterThan(3);
  await Promise.all(adding);
  await Promise.all([store.close(), server.close()]);
});

async function prepare(): Promise<Given> {
  const file = temporaryFile();
  const store = await openSqliteStore({ file });
  const needs = { store, clock, random: randomBytes };
  const [acme, other] = [await createOrganization(needs, 'Acme'), await createOrganization(needs, 'Other')];
  await append(store, acme.id, 6);
  await append(store, other.id, 3);
  // Through the file's text, so that what is exported can be read.
  const anchors = readAnchors(writeAnchors(await exportAnchors({ store, clock })));
  await store.close();
  return { file, acme: acme.id, other: other.id, anchors };
}

function append(store: Store, chain: string, count: number): Promise<void> {
  return store.change(chain, async (transaction) => {
    for (let n = 1; n <= count; n += 1) await transaction.appendAudit(someEvent({ after: { name: `Key ${n}` } }));
  });
}

function attack({ file, acme, other }: Given, run: (attacker: Attacker) => void): void {
  const database = new Database(file);
  database.pragma('foreign_keys = OFF');
  database.exec('DROP TRIGGER audit_events_are_never_changed; DROP TRIGGER audit_events_are_never_deleted');
  const runSql = (sql: string, ...values: unknown[]) => {
    // An attack that changes nothing would prove nothing.
    expect(database.prepare(sql).run(...values).changes).toBeGreaterThan(0);
  };
  run({ acme, other, run: runSql, rehash, rewrite, adjustHead });
  database.close();

  function rehash(chain: string, sequence: number, edit: (event: StoredEvent) => unknown): void {
    const bytes = Buffer.from(JSON.stringify(edit(eventsOf(chain)[sequence - 1]!)));
    const sql = 'UPDATE audit_events SET bytes = ?, hash = ? WHERE chain = ? AND sequence = ?';
    runSql(sql, bytes, sha256(bytes), chain, sequence);
  }

  function rewrite(chain: string, edit: (events: StoredEvent[]) => StoredEvent[]): void {
    const events = eventsOf(chain);
    runSql('DELETE FROM audit_events WHERE chain = ?', chain);
    let previousHash = '0'.repeat(64);
    for (const [index, event] of edit(events).entries()) {
      // Member names are sorted already, and stay in place when they are given other values.
      const bytes = Buffer.from(JSON.stringify({ ...event, sequence: index + 1, previous_hash: previousHash }));
      const sql = 'INSERT INTO audit_events (chain, sequence, bytes, hash) VALUES (?, ?, ?, ?)';
      runSql(sql, chain, index + 1, bytes, sha256(bytes));
      previousHash = sha256(bytes).toString('hex');
    }
  }

  function eventsOf(chain: string): StoredEvent[] {
    const rows = database.prepare('SELECT bytes FROM audit_events WHERE chain = ? ORDER BY sequence').all(chain);
    return (rows as { bytes: Buffer }[]).map(({ bytes }) => JSON.parse(bytes.toString()) as StoredEvent);
  }

  function adjustHead(chain: string): void {
    const end = '(SELECT max(sequence), hash FROM audit_events WHERE chain = ?)';
    if (chain === 'operator') runSql(`UPDATE operator_audit SET (audit_length, audit_head) = ${end}`, chain);
    else runSql(`UPDATE organizations SET (audit_length, audit_head) = ${end} WHERE id = ?`, chain, chain);
  }
}

function renamed(position: number): (event: StoredEvent, index: number) => StoredEvent {
  return (event, index) => (index === position - 1 ? { ...event, after: { name: 'Forged' } } : event);
}

async function findIn({ file, acme, other }: Given, anchors: readonly AuditAnchor[]): Promise<string[]> {
  const store = await openSqliteStore({ file });
  const { problems } = await verifyAudit(store, anchors);
  await store.close();
  const names = new Map([
    [acme, 'acme'],
    [other, 'other'],
    ['operator', 'operator'],
  ]);
  return problems.map(({ chain, positions, fault }) => `${names.get(chain)} ${placeOf(positions)} ${fault}`);
}

function placeOf(positions: { first: number; last: number } | null): string {
  if (positions === null) return 'whole';
  return positions.first === positions.last ? String(positions.first) : `${positions.first}-${positions.last}`;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
