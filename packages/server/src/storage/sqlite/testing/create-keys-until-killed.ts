/** Creates keys, each with its audit row, and prints the id and the digest of each that was acknowledged. */
import { writeSync } from 'node:fs';
import { newKey, someDigest, someEvent } from '../../conformance/samples.ts';
import { openSqliteStore } from '../sqlite-store.ts';

const WRITERS = 8;

const store = await openSqliteStore({ file: process.argv[2]! });
const [organization] = await store.listOrganizations();

async function createKeys(): Promise<void> {
  for (;;) {
    const key = newKey(organization!);
    const digest = someDigest();
    await store.change(organization!.id, async (transaction) => {
      await transaction.insertApiKey(key, digest);
      await transaction.appendAudit(someEvent({ target: { type: 'api_key', id: key.id } }));
    });
    writeSync(process.stdout.fd, `${key.id} ${Buffer.from(digest).toString('hex')}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, createKeys));
