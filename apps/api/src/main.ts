#!/usr/bin/env node
import { StoreOpenError } from '@signa/server';
import { COMMANDS } from './admin/commands.ts';
import { runCommand } from './admin/run-command.ts';
import { type Configuration, ConfigurationError, readConfiguration } from './configuration.ts';
import { HELP } from './help.ts';
import { createLog } from './logging.ts';
import { serve } from './serve.ts';
import { StartError } from './start-error.ts';

/** Of what is wrong before anything was tried: the command or the environment. What fails later ends with 1. */
const EXIT_WRONG_USE = 2;

process.exit(await main(process.argv.slice(2)));

/** `serve` (the default), or an operator's command: `orgs list`, and as `npm run admin` has it, `admin orgs list`. */
async function main(args: readonly string[]): Promise<number> {
  const words = args[0] === 'admin' ? args.slice(1) : args;
  const command = COMMANDS.find(({ name }) => `${words.join(' ')} `.startsWith(`${name} `));
  if (command !== undefined) {
    const configuration = configure();
    return configuration === null
      ? EXIT_WRONG_USE
      : runCommand(command, words.slice(command.name.split(' ').length), configuration);
  }
  if (words.some((word) => ['--help', '-h', 'help'].includes(word))) {
    process.stdout.write(HELP);
    return 0;
  }
  if (args.length === 0 || (args.length === 1 && args[0] === 'serve')) {
    const configuration = configure();
    return configuration === null ? EXIT_WRONG_USE : start(configuration);
  }
  const known = `${COMMANDS.map(({ name }) => name).join(', ')}; --help tells more.`;
  complain(
    words.length === 0
      ? `Say which command: ${known}`
      : `There is no command "${words.join(' ')}". The commands are ${known}`,
  );
  return EXIT_WRONG_USE;
}

function configure(): Configuration | null {
  try {
    return readConfiguration(process.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    error.problems.forEach(complain);
    return null;
  }
}

async function start(configuration: Configuration): Promise<number> {
  const log = createLog({ level: configuration.logLevel, human: process.stdout.isTTY });
  // Rejections that nobody handles arrive here too. What state they leave behind is unknown; what is committed is safe.
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'An unexpected error ended the process.');
    process.exit(1);
  });
  try {
    return await serve(configuration, log);
  } catch (error) {
    if (error instanceof StartError || error instanceof StoreOpenError) {
      complain(error.message);
    } else {
      log.error({ err: error }, 'The server failed.');
      complain(`The server failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    return 1;
  }
}

function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
