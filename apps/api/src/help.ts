import { COMMANDS } from './admin/commands.ts';

const longestName = Math.max(...COMMANDS.map(({ name }) => name.length));

export const HELP = `Signa, the Organization API.

  npm start                              start the server
  npm run --silent admin -- COMMAND      an operator's command, beside a running server or without one

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(longestName)} ${summary}`).join('\n')}
  ${'--help'.padEnd(longestName)} after a command: what it takes

Both take the data folder from DATA_DIR (./data). The README lists the variables of the server.
`;
