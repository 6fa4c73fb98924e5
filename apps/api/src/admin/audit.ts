import { resolve } from 'node:path';
import { CHAIN_FAULTS, type ChainProblem, exportAnchors, verifyAudit, writeAnchors } from '@signa/server';
import { readAnchorFile, writeAnchorFile } from './anchor-file.ts';
import { defineCommand, UsageError } from './command.ts';

export const auditVerify = defineCommand({
  name: 'audit verify',
  summary: 'Checks that no audit event was changed, moved, added or taken out.',
  createsDatabase: false,
  usage: '[--anchors FILE]',
  explanation: `Ends with 1, and says where, when something is wrong. Without anchors it cannot show a chain that somebody has written
anew as a whole, or whose end was cut off together with what says how long it was.

  --anchors FILE  what \`audit export-anchors\` has told, at one time or at several
`,
  options: { anchors: { type: 'string' } },
  prepare({ anchors: file }) {
    if (file === '') throw new UsageError('Say which file the anchors are in with --anchors FILE.');
    return async ({ store, progress }) => {
      const anchors = file === undefined ? [] : await readAnchorFile(resolve(file));
      const { chains, events, problems } = await verifyAudit(store, anchors, (seen) =>
        progress(count(seen.events, 'event')),
      );
      const looked = `${count(events, 'event')} in ${count(chains, 'chain')}${file === undefined ? '' : `, against ${count(anchors.length, 'anchor')}`}`;
      return {
        json: {
          object: 'audit_verification',
          valid: problems.length === 0,
          chains,
          events,
          anchors: anchors.length,
          problems: problems.map(present),
        },
        text: problems.map(sentenceOf).join('\n'),
        notes: problems.length === 0 ? `All is well: ${looked}.` : `${count(problems.length, 'problem')}: ${looked}.`,
        isBad: problems.length > 0,
      };
    };
  },
});

export const auditExportAnchors = defineCommand({
  name: 'audit export-anchors',
  summary: 'Tells where every audit chain ends now, to be kept where nobody who can write the database can.',
  createsDatabase: false,
  usage: '[--out FILE]',
  explanation: `One line of JSON for each chain; \`audit verify --anchors\` reads them, those of several exports in one file as well.

  --out FILE      puts them into a new file
`,
  options: { out: { type: 'string' } },
  prepare({ out }) {
    if (out === '') throw new UsageError('Give the file a name with --out FILE.');
    return async (needs) => {
      const anchors = await exportAnchors(needs);
      if (out !== undefined) await writeAnchorFile(resolve(out), anchors);
      return {
        json: { object: 'list', data: anchors },
        text: out === undefined ? writeAnchors(anchors).trimEnd() : '',
        ...(out !== undefined && { notes: `Wrote ${count(anchors.length, 'anchor')} to ${resolve(out)}.` }),
      };
    };
  },
});

function present({ chain, positions, fault }: ChainProblem) {
  return {
    chain,
    first_sequence: positions?.first ?? null,
    last_sequence: positions?.last ?? null,
    fault,
    detail: CHAIN_FAULTS[fault],
  };
}

function sentenceOf({ chain, positions, fault }: ChainProblem): string {
  return `${chain}  ${placeOf(positions)}  ${fault}  ${CHAIN_FAULTS[fault]}`;
}

function placeOf(positions: ChainProblem['positions']): string {
  if (positions === null) return '-';
  const { first, last } = positions;
  return first === last ? String(first) : `${first} to ${last}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
