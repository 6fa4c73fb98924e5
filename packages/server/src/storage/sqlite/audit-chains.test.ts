import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { createOrganization } from '../conformance/given.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

test.each(['UPDATE audit_events SET sequence = sequence + 1', 'DELETE FROM audit_events'])(
  'the database itself refuses to alter the audit chain: %s',
  async (statement) => {
    const file = temporaryFile();
    const store = await openSqliteStore({ file });
    await createOrganization(store, 'Acme');
    await store.close();

    const connection = new Database(file);
    onTestFinished(() => void connection.close());
    expect(() => connection.exec(statement)).toThrow('An audit event cannot be');
  },
);
