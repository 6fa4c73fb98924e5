import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import {
  type Clock,
  containsSecret,
  isApiKeyName,
  type RandomSource,
  type Scope,
  SCOPES,
  type Store,
} from '@signa/server';
import type { Configuration } from '../configuration.ts';

/** What a command tells. */
export interface Output {
  /** For `--json`, on standard output. */
  readonly json: object;
  /** For people and `$(…)`, on standard output: what was asked for, nothing else. A secret goes there by itself. */
  readonly text: string;
  /** For people, on standard error. */
  readonly notes?: string;
  /** Whether what was asked about is not as it should be. The command then ends with 1. */
  readonly isBad?: boolean;
  /** What the command was given to hand over, and the field that it has in `json`, where it is not. */
  readonly secret?: { readonly field: 'key' | 'secret'; readonly value: string };
}

export interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** As the server has it from its environment. */
  readonly configuration: Configuration;
  /**
   * Hands a secret over before what it belongs to is committed, so that none can get lost: into the file of `--out`. Without one it
   * is printed after the commit, and what is printed works.
   */
  readonly handOver: (secret: string) => Promise<void>;
  /** Shows somebody at a terminal how far a long command has come. */
  readonly progress: (what: string) => void;
}

/** A command of the operator: somebody who may read and write the data folder, and therefore everything. */
export interface Command {
  /** As it is typed. */
  readonly name: string;
  readonly summary: string;
  readonly help: string;
  /** Whether it may be the first to use a data folder. Where nothing can be found in a new one, a mistyped path is likelier. */
  readonly createsDatabase: boolean;
  /** Of a command that works on the database itself: it needs `needs.store` not, which is not there. */
  readonly withoutStore: boolean;
  /** Reads the arguments. What comes back does the work. @throws {UsageError} */
  parse(args: readonly string[]): Invocation | 'help';
}

export interface Invocation {
  readonly json: boolean;
  /** The file that a secret goes into, instead of standard output. */
  readonly out: string | null;
  run(needs: Needs): Promise<Output>;
}

const COMMON_OPTIONS = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
const SECRET_OPTIONS = { out: { type: 'string' } } as const;

type OptionTypes = NonNullable<ParseArgsConfig['options']>;

type Parsed<Options extends OptionTypes> = ReturnType<typeof parseArgs<{ options: Options }>>['values'];

type WithoutStore = Omit<Needs, 'store'>;

interface Definition<Options extends OptionTypes> extends Pick<Command, 'name' | 'summary'> {
  /** The options as they are typed, for the help. */
  readonly usage: string;
  /** The lines of the help that explain them. */
  readonly explanation: string;
  readonly options: Options;
  /** Whether it hands over a secret, which `--out` can have put into a file. */
  readonly hasSecret?: true;
  /** Checks the values. What comes back does the work. @throws {UsageError} */
  prepare(values: Parsed<Options>): (needs: Needs) => Promise<Output>;
}

interface StoreDefinition<Options extends OptionTypes> extends Definition<Options>, Pick<Command, 'createsDatabase'> {}

interface DatabaseDefinition<Options extends OptionTypes> extends Omit<Definition<Options>, 'prepare'> {
  prepare(values: Parsed<Options>): (needs: WithoutStore) => Promise<Output>;
}

/** Defines a command that works on what is in the store. */
export function defineCommand<const Options extends OptionTypes>(definition: StoreDefinition<Options>): Command {
  return define(definition, { createsDatabase: definition.createsDatabase, withoutStore: false });
}

/** Defines a command that works on the database itself, and opens it as it needs. */
export function defineDatabaseCommand<const Options extends OptionTypes>(
  definition: DatabaseDefinition<Options>,
): Command {
  return define(definition, { createsDatabase: true, withoutStore: true });
}

function define<const Options extends OptionTypes>(
  definition: Definition<Options>,
  kind: Pick<Command, 'createsDatabase' | 'withoutStore'>,
): Command {
  const { name, summary, usage, explanation, options, hasSecret = false, prepare } = definition;
  const words = [name, usage, hasSecret && '[--out FILE]', '[--json]'].filter(Boolean).join(' ');
  const outHelp = '  --out FILE   puts the secret into a new file that only you can read, and nowhere else\n';
  const jsonHelp = '  --json       one JSON object on standard output\n';
  return {
    name,
    summary,
    ...kind,
    help: `${summary}\n\n  npm run --silent admin -- ${words}\n\n${explanation}${hasSecret ? outHelp : ''}${jsonHelp}`,
    parse(args) {
      const known = { ...options, ...COMMON_OPTIONS, ...(hasSecret && SECRET_OPTIONS) };
      const values = readOptions({ args: [...args], options: known });
      if (values['help'] === true) return 'help';
      // The parser has checked exactly these options; that the values are theirs is beyond what its type can say of a generic.
      return { json: values['json'] === true, out: outOf(values), run: prepare(values as Parsed<Options>) };
    },
  };
}

function outOf({ out }: Readonly<Record<string, unknown>>): string | null {
  if (out === '') throw new UsageError('Give the file a name with --out FILE.');
  return typeof out === 'string' ? resolve(out) : null;
}

function readOptions(config: ParseArgsConfig): Readonly<Record<string, unknown>> {
  try {
    return parseArgs(config).values;
  } catch (error) {
    throw new UsageError(explain(error as NodeJS.ErrnoException));
  }
}

/** Node's sentences tell the programmer what to change. These tell the operator. */
function explain({ code, message }: NodeJS.ErrnoException): string {
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? '';
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return `There is no option ${quoted}.`;
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return `${JSON.stringify(quoted)} belongs to no option.`;
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return message.includes('does not take')
        ? `The option ${quoted.replace(/ .*/, '')} takes no value.`
        : `The option ${quoted.replace(/ .*/, '')} needs a value.`;
    default:
      return `${message.replaceAll(/\s+/g, ' ')}.`;
  }
}

/** The command was not typed as it should be. The message is a sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws {UsageError} */
export function requireName(name: string): void {
  if (containsSecret(name)) throw new UsageError('--name has a secret in it, and would be kept for good.');
  if (isApiKeyName(name)) return;
  throw new UsageError(
    `--name ${JSON.stringify(name)} cannot be used: 1 to 255 characters, no white space at its ends, no control characters.`,
  );
}

/** @throws {UsageError} */
export function requireScope(text: string): Scope {
  const scope = SCOPES.find((known) => known === text);
  if (scope !== undefined) return scope;
  throw new UsageError(`There is no scope ${JSON.stringify(text)}. The scopes are ${SCOPES.join(', ')}.`);
}
