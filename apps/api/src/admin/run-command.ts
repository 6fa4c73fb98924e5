import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  ApiKeyNotFoundError,
  BackupError,
  NameTakenError,
  redactSecrets,
  OrganizationNotFoundError,
  ResourceServerNotFoundError,
  StoreBusyError,
  StoreOpenError,
  StoreUnavailableError,
  type Store,
} from '@signa/server';
import { clock } from '../clock.ts';
import type { Configuration } from '../configuration.ts';
import { dataFolder } from '../data-folder.ts';
import { openStore } from '../open-store.ts';
import { AnchorFileError } from './anchor-file.ts';
import { type Command, type Invocation, type Output, UsageError } from './command.ts';
import { OutFileError, outFile } from './out-file.ts';
import { terminalProgress } from './progress.ts';

/** Runs a command on the data folder and prints what it tells. Returns the exit code: 2 for wrong usage, 1 when it failed or found something wrong. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  configuration: Configuration,
): Promise<number> {
  try {
    const invocation = command.parse(args);
    if (invocation === 'help') {
      process.stdout.write(command.help);
      return 0;
    }
    const output = await runOn(configuration, command, invocation);
    print(invocation, output);
    return output.isBad === true ? 1 : 0;
  } catch (error) {
    process.stderr.write(`${redactSecrets(explain(error, command))}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function runOn(
  configuration: Configuration,
  { createsDatabase, withoutStore }: Command,
  { out, run }: Invocation,
): Promise<Output> {
  const { path, database } = dataFolder(configuration.dataDir);
  if (configuration.databaseUrl === null && !createsDatabase && !existsSync(database)) {
    throw new StoreOpenError(`There is no database in ${path} yet: set DATA_DIR to the data folder of the server.`);
  }
  const store = withoutStore ? null : await openStore(configuration);
  const file = outFile(out);
  const progress = terminalProgress();
  const handOver = (secret: string) => file.write(secret);
  try {
    return await run({
      // The cast holds because a command without a store is defined as one that is given none.
      store: store as Store,
      clock,
      random: randomBytes,
      configuration,
      handOver,
      progress: (what) => progress.tell(what),
    });
  } catch (error) {
    // After a failure of the disk it may have been committed all the same, and nothing but the file would know the secret.
    if (!(error instanceof StoreUnavailableError)) await file.withdraw();
    throw error;
  } finally {
    progress.end();
    await store?.close();
  }
}

/** A secret goes to standard output, once; or it is in its file already, and the file is named instead. */
function print({ json, out }: Invocation, { secret, ...output }: Output): void {
  if (json) {
    const handedOver = secret && (out === null ? { [secret.field]: secret.value } : { out });
    process.stdout.write(`${JSON.stringify({ ...output.json, ...handedOver })}\n`);
    return;
  }
  const text = secret !== undefined && out === null ? secret.value : output.text;
  if (text !== '') process.stdout.write(`${text}\n`);
  const where = out === null ? 'It is shown this once.' : `It is in ${out}, which only you can read.`;
  const notes = [output.notes, secret && where].filter((note) => note !== undefined);
  if (notes.length > 0) process.stderr.write(`${notes.join(' ')}\n`);
}

function explain(error: unknown, command: Command): string {
  if (error instanceof UsageError) return `${error.message} \`${command.name} --help\` tells more.`;
  if (error instanceof OrganizationNotFoundError) return `${error.message} \`orgs list\` shows those there are.`;
  if (error instanceof ResourceServerNotFoundError) {
    return `${error.message} \`resource-servers list\` shows those there are.`;
  }
  if (error instanceof ApiKeyNotFoundError) return `${error.message} The audit events and the request logs name them.`;
  if (error instanceof OutFileError || error instanceof AnchorFileError || error instanceof BackupError) {
    return error.message;
  }
  if (error instanceof NameTakenError) return `${error.message} Choose another with --name.`;
  if (error instanceof StoreBusyError) return 'Another process kept the database locked. Nothing was done: try again.';
  if (error instanceof StoreOpenError || error instanceof StoreUnavailableError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
