import {
  type Clock,
  createOrganizationWithKey,
  type Log,
  type OperatorKey,
  type RandomSource,
  SCOPES,
  type Store,
} from '@signa/server';
import type { DataFolder } from './data-folder.ts';
import { firstKeyBanner } from './first-key-banner.ts';
import { hasFirstKey, removeFirstKey, writeFirstKey } from './first-key-file.ts';
import { StartError } from './start-error.ts';

interface FirstStart {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly folder: DataFolder;
  /** Where the server answers. */
  readonly url: string;
  /** Shows something to the person at the terminal; null where there is no terminal, and output may be kept for years. */
  readonly showToPerson: ((text: string) => void) | null;
}

/** Creates an organization and its first key when the store has none, and hands the key over. Reminds of one that still lies about. */
export async function prepareFirstStart(start: FirstStart): Promise<void> {
  const { store, log, folder } = start;
  if ((await store.listOrganizations()).length === 0 && (await createFirstKey(start))) return;
  if (await hasFirstKey(folder.firstKey)) {
    log.warn(
      { file: folder.firstKey },
      'The first API key still lies in a file: move it to a safe place and delete the file.',
    );
  }
}

/** Whether it was this process that created it. */
async function createFirstKey(start: FirstStart): Promise<boolean> {
  const { log, folder, showToPerson } = start;
  try {
    const { apiKey, organization } = await createOrganizationWithKey(
      start,
      'My organization',
      { name: 'First key', scopes: SCOPES },
      (key) => handOver(start, key),
    );
    log.info(
      { organization_id: organization.id, api_key_id: apiKey.id },
      'Created an organization and its first API key.',
    );
  } catch (error) {
    if (error instanceof NotTheFirstError) return false;
    throw error;
  }
  if (showToPerson === null) {
    log.warn({ file: folder.firstKey }, 'The first API key is in a file: move it to a safe place and delete the file.');
  }
  return true;
}

/** Runs within the transaction, so that the key is in its owner's hands before it works, and never works without being there. */
async function handOver({ store, folder, url, showToPerson }: FirstStart, key: OperatorKey): Promise<void> {
  // Another process may have been faster since we looked. Nobody can be any more, because this transaction holds the lock.
  const others = (await store.listOrganizations()).filter(({ id }) => id !== key.organization.id);
  if (others.length > 0) throw new NotTheFirstError();
  if (showToPerson === null) {
    await writeFirstKey(folder.firstKey, key.secret).catch((error: NodeJS.ErrnoException) => {
      throw new StartError(`The first API key cannot be written to ${folder.firstKey} (${error.message}).`, {
        cause: error,
      });
    });
  } else {
    // One can be there when a start died before its commit. It opens nothing, and whoever found it would not understand why.
    await removeFirstKey(folder.firstKey);
    showToPerson(firstKeyBanner(url, key.secret));
  }
}

class NotTheFirstError extends Error {
  override readonly name = 'NotTheFirstError';
}
