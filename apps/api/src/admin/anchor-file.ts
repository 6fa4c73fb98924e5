import { readFile, writeFile } from 'node:fs/promises';
import { AnchorFormatError, type AuditAnchor, readAnchors, writeAnchors } from '@signa/server';

/** A file of anchors cannot be read or made. The message is a sentence. */
export class AnchorFileError extends Error {
  override readonly name = 'AnchorFileError';
}

/** @throws {AnchorFileError} */
export async function readAnchorFile(path: string): Promise<AuditAnchor[]> {
  try {
    return readAnchors(await readFile(path, 'utf8'));
  } catch (error) {
    const { message } = error as Error;
    throw new AnchorFileError(
      error instanceof AnchorFormatError ? `${path}: ${message}` : `The anchors cannot be read: ${message}.`,
      { cause: error },
    );
  }
}

/** Makes a new file: anchors that were kept are never overwritten. @throws {AnchorFileError} */
export async function writeAnchorFile(path: string, anchors: readonly AuditAnchor[]): Promise<void> {
  try {
    await writeFile(path, writeAnchors(anchors), { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AnchorFileError(
      code === 'EEXIST'
        ? `${path} exists already, and is not overwritten: name another file with --out.`
        : `The anchors cannot be written: ${message}.`,
      { cause: error },
    );
  }
}
