import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The version of the server, as its package has it. */
export const VERSION = (require('@signa/server/package.json') as { version: string }).version;
