import { rm } from 'node:fs/promises';
import { createSecretFile } from '../secret-file.ts';

/** The file of `--out` could not be made. The message is a sentence. */
export class OutFileError extends Error {
  override readonly name = 'OutFileError';
}

/** Where the secret of a command goes before it is committed. */
export interface OutFile {
  write(secret: string): Promise<void>;
  /** Takes the file away again, if one was made: the secret in it was never committed. */
  withdraw(): Promise<void>;
}

/** @param path the file, or null for a secret that is printed in the end */
export function outFile(path: string | null): OutFile {
  let isWritten = false;
  return {
    async write(secret) {
      if (path === null) return;
      try {
        await createSecretFile(path, secret);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        throw new OutFileError(
          code === 'EEXIST'
            ? `${path} exists already, and is not overwritten. Nothing was done: name another file with --out.`
            : `The secret cannot be written to ${path} (${message}). Nothing was done.`,
          { cause: error },
        );
      }
      isWritten = true;
    },
    async withdraw() {
      if (path !== null && isWritten) await rm(path, { force: true });
    },
  };
}
