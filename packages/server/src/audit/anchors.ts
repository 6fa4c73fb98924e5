/** The head of a chain at a time: to be kept where nobody who can write the database can write. As it is exported. */
export interface AuditAnchor {
  readonly chain: string;
  /** How many events the chain had, and the hash of the last of them in hexadecimal. */
  readonly sequence: number;
  readonly hash: string;
  /** RFC 3339. */
  readonly exported_at: string;
}

/** A file of anchors cannot be read. The message is a sentence. */
export class AnchorFormatError extends Error {
  override readonly name = 'AnchorFormatError';
}

/** Anchors as they are written to a file: one line of JSON each, so that files of several exports can be joined. */
export function writeAnchors(anchors: readonly AuditAnchor[]): string {
  return anchors.map((anchor) => `${JSON.stringify(anchor)}\n`).join('');
}

/**
 * Reads what `writeAnchors` has written.
 *
 * @throws {AnchorFormatError} naming the first line that is none. A file that was damaged must not pass for one with fewer anchors.
 */
export function readAnchors(text: string): AuditAnchor[] {
  const lines = text.split('\n').map((line, index) => ({ line, number: index + 1 }));
  return lines
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => {
      const anchor = parse(line);
      if (!isAnchor(anchor))
        throw new AnchorFormatError(`Line ${number} is not an anchor as \`audit export-anchors\` writes them.`);
      return anchor;
    });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isAnchor(value: unknown): value is AuditAnchor {
  if (typeof value !== 'object' || value === null) return false;
  const { chain, sequence, hash, exported_at: exportedAt } = value as Record<string, unknown>;
  return (
    typeof chain === 'string' &&
    Number.isSafeInteger(sequence) &&
    Number(sequence) >= 0 &&
    typeof hash === 'string' &&
    /^[0-9a-f]{64}$/.test(hash) &&
    typeof exportedAt === 'string'
  );
}
