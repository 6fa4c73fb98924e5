import { readFile, writeFile } from 'node:fs/promises';
import { AnchorFormatError, type AuditAnchor, readAnchors, writeAnchors } from '@signa/server';

/** A file of anchors cannot be read or made. The message is a sentence. */
export class AnchorFileError extends Error {
  override readonly name = 'AnchorFileError';
}

/** @throws {AnchorFileError} */
export async function readAnchorFile(path: string): Promise<AuditAnchor[]> {
  const anchors = await readFile(path, 'utf8')
    .then(readAnchors)
    .catch((error: Error) => {
      const { message } = error;
      throw new AnchorFileError(
        error instanceof AnchorFormatError ? `${path}: ${message}` : `The anchors cannot be read: ${message}.`,
        { cause: error },
      );
    });
  // An empty file is what is left of a copy that failed. Against it every chain would be well.
  if (anchors.length === 0) throw new AnchorFileError(`${path} holds no anchors.`);
  return anchors;
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
