/** Waits for a line on standard input, then opens the store in the file it is given and closes it again. */
import { once } from 'node:events';
import { openSqliteStore } from '../sqlite-store.ts';

process.stdout.write('ready\n');
await once(process.stdin, 'data');
const store = await openSqliteStore({ file: process.argv[2]! });
await store.close();
process.stdin.destroy();
