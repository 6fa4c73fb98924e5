import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Clock, isApiKeyName, type RandomSource, type Store } from '@signa/server';

/** What a command tells. */
export interface Output {
  /** For `--json`, on standard output. */
  readonly json: object;
  /** For people and `$(…)`, on standard output: what was asked for, nothing else. */
  readonly text: string;
  /** For people, on standard error. */
  readonly notes?: string;
}

export interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** A command of the operator: somebody who may read and write the data folder, and therefore everything. */
export interface Command {
  /** As it is typed. */
  readonly name: string;
  readonly summary: string;
  readonly help: string;
  /** Whether it may be the first to use a data folder. Where nothing can be found in a new one, a mistyped path is likelier. */
  readonly createsDatabase: boolean;
  /** Reads the arguments. What comes back does the work. @throws {UsageError} */
  parse(args: readonly string[]): Invocation | 'help';
}

export interface Invocation {
  readonly json: boolean;
  run(needs: Needs): Promise<Output>;
}

const COMMON_OPTIONS = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

type OptionTypes = NonNullable<ParseArgsConfig['options']>;

type Parsed<Options extends OptionTypes> = ReturnType<typeof parseArgs<{ options: Options }>>['values'];

interface Definition<Options extends OptionTypes> extends Pick<Command, 'name' | 'summary' | 'createsDatabase'> {
  /** The options as they are typed, for the help. */
  readonly usage: string;
  /** The lines of the help that explain them. */
  readonly explanation: string;
  readonly options: Options;
  /** Checks the values. What comes back does the work. @throws {UsageError} */
  prepare(values: Parsed<Options>): (needs: Needs) => Promise<Output>;
}

export function defineCommand<const Options extends OptionTypes>(definition: Definition<Options>): Command {
  const { name, summary, createsDatabase, usage, explanation, options, prepare } = definition;
  return {
    name,
    summary,
    createsDatabase,
    help: `${summary}\n\n  npm run --silent admin -- ${name} ${usage} [--json]\n\n${explanation}  --json       one JSON object on standard output\n`,
    parse(args) {
      const values = readOptions({ args: [...args], options: { ...options, ...COMMON_OPTIONS } });
      if (values['help'] === true) return 'help';
      // The parser has checked exactly these options; that the values are theirs is beyond what its type can say of a generic.
      return { json: values['json'] === true, run: prepare(values as Parsed<Options>) };
    },
  };
}

function readOptions(config: ParseArgsConfig): Readonly<Record<string, unknown>> {
  try {
    return parseArgs(config).values;
  } catch (error) {
    throw new UsageError((error as Error).message.replaceAll(/\s+/g, ' '));
  }
}

/** The command was not typed as it should be. The message is a sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws {UsageError} */
export function requireName(name: string): void {
  if (isApiKeyName(name)) return;
  throw new UsageError(
    `--name ${JSON.stringify(name)} cannot be used: 1 to 255 characters, no white space at its ends, no control characters.`,
  );
}
